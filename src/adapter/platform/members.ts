const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SPACE = 0x20;

/**
 * An object's members as source text. JSON.parse turns a 20-digit id into another number, so whatever has to go out as it
 * came in is taken from here.
 */
export class Members {
  readonly names: string[] = [];
  /** Where each value starts and ends in the text. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The value of the last member of that name, as it came in. */
  raw(name: string): string | undefined {
    const index = this.names.lastIndexOf(name);
    return index === -1 ? undefined : this.#text.slice(this.starts[index], this.ends[index]);
  }

  /** A name that occurs twice: readers disagree about which of the two counts, so neither does. */
  duplicate(): string | undefined {
    const seen = new Set<string>();
    for (const name of this.names) {
      if (seen.has(name)) return name;
      seen.add(name);
    }
    return undefined;
  }
}

/** Scans the object that opens at `open`. `text` must be valid JSON: nothing is checked again. Iterative, however deep it nests. */
export function scanMembers(text: string, open: number): Members {
  const members = new Members(text);
  let at = skipSpace(text, open + 1);
  while (text.charCodeAt(at) !== CLOSE_BRACE) {
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1);
    const nameEnd = skipString(text, at);
    members.names.push(decodeName(text, at, nameEnd));
    at = skipSpace(text, nameEnd);
    if (text.charCodeAt(at) !== COLON) throw new Error('scanMembers needs valid JSON');
    at = skipSpace(text, at + 1);
    members.starts.push(at);
    at = skipValue(text, at);
    members.ends.push(at);
    at = skipSpace(text, at);
  }
  return members;
}

/** Where the first character that is not white space stands. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= SPACE) at++;
  return at;
}

function decodeName(text: string, open: number, end: number): string {
  const name = text.slice(open + 1, end - 1);
  return name.includes('\\') ? String(JSON.parse(text.slice(open, end))) : name;
}

function skipValue(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === QUOTE) return skipString(text, from);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipNested(text, from);
  let at = from + 1;
  while (at < text.length && !endsScalar(text.charCodeAt(at))) at++;
  return at;
}

function endsScalar(code: number): boolean {
  return code <= SPACE || code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET;
}

function skipNested(text: string, from: number): number {
  let depth = 0;
  let at = from;
  do {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = skipString(text, at);
      continue;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
    at++;
  } while (depth > 0);
  return at;
}

/** From the opening quote to behind the closing one. */
function skipString(text: string, open: number): number {
  let end = text.indexOf('"', open + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

/** An odd number of backslashes stands before it. */
function isEscaped(text: string, quote: number): boolean {
  let at = quote - 1;
  while (text.charCodeAt(at) === BACKSLASH) at--;
  return (quote - at) % 2 === 0;
}
