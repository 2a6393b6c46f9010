// JSON whose numbers keep the text that they were written as: amounts are never rounded, and what is stored is what came.

/** A number as it was written, where JavaScript would write it otherwise; JSON.stringify writes it so again. */
type JsonNumber = { readonly rawJSON: string };

/** What TypeScript's library doesn't know yet. */
const rawJson = JSON as typeof JSON & {
  rawJSON: (text: string) => JsonNumber;
  isRawJSON: (value: unknown) => value is JsonNumber;
};

/** Throws where `text` isn't JSON, or nests so deeply that it can't be read. */
export function readJson(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, at?: { source?: string }) =>
    typeof value === 'number' ? exactly(value, at?.source ?? '') : value,
  );
}

/** Most numbers are written as JavaScript writes them, and take no more room than that. */
function exactly(value: number, source: string): number | JsonNumber {
  return String(value) === source ? value : rawJson.rawJSON(source);
}

/** A string or a number, as text. Null for everything else. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return rawJson.isRawJSON(value) ? value.rawJSON : null;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !rawJson.isRawJSON(value);
}
