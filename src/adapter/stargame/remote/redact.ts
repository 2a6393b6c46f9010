const CENSORED = '[redacted]';
const NAMES = 'user_password|password|hall_secret|reg_sign|sessionid|key1|key2|upass|md5|unique_id';
const MAX_LENGTH = 65_536;

// To the next closing tag, or to the end where the text was cut.
const ELEMENT = new RegExp(`(<(?:${NAMES})\\b[^>]{0,200}>)[\\s\\S]*?(?=</|$)`, 'gi');
const JSON_FIELD = new RegExp(`("(?:${NAMES}|reg_xml)"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"?`, 'gi');
const FORM_FIELD = new RegExp(`((?:^|[&?\\s"'])(?:${NAMES}|reg_xml)=)[^&\\s"'<]*`, 'gi');

/**
 * An answer for whoever has to look: passwords, secrets, keys and signatures left out, by their fields' names and, wherever they
 * stand, the `secrets` of the call themselves.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let redacted = text.slice(0, MAX_LENGTH);
  for (const secret of secrets.filter((known) => known !== '')) redacted = redacted.replaceAll(secret, CENSORED);
  return redacted
    .replace(ELEMENT, `$1${CENSORED}`)
    .replace(JSON_FIELD, `$1"${CENSORED}"`)
    .replace(FORM_FIELD, `$1${CENSORED}`);
}
