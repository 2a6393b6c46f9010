import type { Writable } from 'node:stream';

/**
 * What a verb shows of one thing: the same names in tables and in JSON. Amounts are decimals in strings, so that no reader's
 * JSON parser rounds them; times are ISO 8601.
 */
export type View = Record<string, string | number | boolean | null | readonly string[]>;

export type Output = {
  /** One thing: JSON, or a line a field. */
  show(view: View, json: boolean): Promise<void>;
  /** Many things, page by page, so that a long ledger needs little memory: a JSON array, or an aligned table. */
  list(pages: AsyncIterable<readonly View[]> | Iterable<readonly View[]>, json: boolean): Promise<void>;
  /** One line of result. */
  line(text: string): Promise<void>;
  /** One line for people, on stderr: never mixed with data. */
  note(text: string): Promise<void>;
  /** Where notes are read at a terminal: a line that stays, and is written anew by the next. */
  live(text: string): Promise<void>;
  /** Ends that line, where there is one. */
  endLive(): Promise<void>;
  /** Whether notes are read by a person at a terminal. */
  interactive: boolean;
};

/** Back to the line's start, and erase it. */
const START_OF_LINE = '\r\u001b[2K';

export function createOutput(stdout: Writable, stderr: Writable & { isTTY?: boolean }): Output {
  const line = (text: string) => write(stdout, `${text}\n`);
  let isLive = false;
  return {
    line,
    note: (text) => write(stderr, `${text}\n`),
    live: (text) => {
      isLive = true;
      return write(stderr, `${START_OF_LINE}${text}`);
    },
    endLive: async () => {
      if (isLive) await write(stderr, '\n');
      isLive = false;
    },
    interactive: stderr.isTTY === true,
    show: (view, json) => line(json ? JSON.stringify(view, null, 2) : formatFields(view)),
    list: (pages, json) => (json ? listAsJson(pages, stdout) : listAsTable(pages, line)),
  };
}

async function listAsJson(
  pages: AsyncIterable<readonly View[]> | Iterable<readonly View[]>,
  stdout: Writable,
): Promise<void> {
  let separator = '[';
  for await (const views of pages) {
    for (const view of views) {
      await write(stdout, `${separator}\n  ${JSON.stringify(view)}`);
      separator = ',';
    }
  }
  await write(stdout, separator === '[' ? '[]\n' : '\n]\n');
}

async function listAsTable(
  pages: AsyncIterable<readonly View[]> | Iterable<readonly View[]>,
  line: (text: string) => Promise<void>,
): Promise<void> {
  let widths: number[] | undefined;
  for await (const views of pages) {
    const [first] = views;
    if (first === undefined) {
      continue;
    }
    const rows = views.map((view) => Object.values(view).map(formatValue));
    const heading = Object.keys(first);
    // Columns grow from page to page and never shrink: rows stay under their headings as far as possible.
    const known: number[] = widths ?? heading.map((name) => name.length);
    const grown = known.map((width, column) =>
      rows.reduce((max, row) => Math.max(max, row[column]?.length ?? 0), width),
    );
    if (widths === undefined) {
      await line(formatRow(heading, grown));
    }
    for (const row of rows) {
      await line(formatRow(row, grown));
    }
    widths = grown;
  }
  if (widths === undefined) {
    await line('none');
  }
}

function formatRow(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join('  ')
    .trimEnd();
}

function formatFields(view: View): string {
  const width = Math.max(...Object.keys(view).map((name) => name.length));
  return Object.entries(view)
    .map(([name, value]) => `${name.padEnd(width)}  ${formatValue(value)}`)
    .join('\n');
}

function formatValue(value: View[string]): string {
  if (typeof value === 'object') {
    return value?.join(' ') || '-';
  }
  // Names come from outside: a line break or an escape sequence in one must not forge a row or drive the terminal.
  return String(value).replaceAll(/\p{Cc}/gu, '?') || '-';
}

/** Resolves when the text is out: a slow reader slows the verb, and memory stays small. */
function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
