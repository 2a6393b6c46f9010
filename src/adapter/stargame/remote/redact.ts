const CENSORED = '[redacted]';
const NAMES = 'user_password|password|hall_secret|reg_sign|sessionid|key1|key2|upass|md5|unique_id';
const MAX_LENGTH = 65_536;

// To the next closing tag, or to the end where the text was cut; also as a page shows it, with &lt; and &gt;.
const OPENING = `(?:<|&lt;)(?:[\\w.-]{1,30}:)?(?:${NAMES})\\b(?:[^>&]|&(?!gt;)){0,200}(?:>|&gt;)`;
const ELEMENT = new RegExp(`(${OPENING})(?:\\s*<!\\[CDATA\\[[\\s\\S]*?(?:\\]\\]>|$))*[\\s\\S]*?(?=</|&lt;/|$)`, 'gi');
const JSON_FIELD = new RegExp(`("(?:${NAMES}|reg_xml)"\\s*:\\s*)(?:"(?:[^"\\\\]|\\\\.)*"?|[^\\s"{}[\\],]+)`, 'gi');
const FORM_FIELD = new RegExp(`((?:^|[&?\\s"'])(?:${NAMES}|reg_xml)=)[^&\\s"'<]+`, 'gi');
const ATTRIBUTE = new RegExp(`(\\s(?:${NAMES})\\s*=\\s*(["']))(?:(?!\\2)[\\s\\S])*`, 'gi');
/** As PHP's print_r and var_dump show a form. */
const DUMPED = new RegExp(`(\\["?(?:${NAMES}|reg_xml)"?\\]\\s*=>\\s*(?:string\\(\\d+\\)\\s*"?)?)[^\\s"]+`, 'gi');

/**
 * An answer for whoever has to look: passwords, secrets, keys and signatures left out, by their fields' names and, wherever they
 * stand, the `secrets` of the call themselves.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let redacted = text.slice(0, MAX_LENGTH);
  for (const known of secrets.flatMap(formsOf)) redacted = redacted.replaceAll(known, CENSORED);
  return redacted
    .replace(ELEMENT, `$1${CENSORED}`)
    .replace(JSON_FIELD, `$1"${CENSORED}"`)
    .replace(FORM_FIELD, `$1${CENSORED}`)
    .replace(ATTRIBUTE, `$1${CENSORED}`)
    .replace(DUMPED, `$1${CENSORED}`);
}

/** A secret as it is, as XML has it, and in base64: an agent's signature is that. */
function formsOf(secret: string): string[] {
  if (secret === '') return [];
  const escaped = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return [...new Set([secret, escaped, base64])];
}
