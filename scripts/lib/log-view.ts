import { createWriteStream, existsSync, renameSync, statSync, type WriteStream } from 'node:fs';

const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MAX_LINES_PER_SECOND = 40;
const NAME_WIDTH = 'simulator'.length;
const LEVELS: Record<number, string> = { 40: 'WARN', 50: 'ERROR', 60: 'FATAL' };
const HIDDEN_FIELDS = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg', 'err', 'requestId']);

/** A log file that begins anew at 64 MiB and keeps the one before it as `.1`. */
export function openLogFile(path: string): (chunk: Buffer) => void {
  let bytes = existsSync(path) ? statSync(path).size : 0;
  let stream = open(path);
  return (chunk) => {
    if (bytes > MAX_FILE_BYTES) {
      stream.end();
      renameSync(path, `${path}.1`);
      stream = open(path);
      bytes = 0;
    }
    bytes += chunk.length;
    stream.write(chunk);
  };
}

function open(path: string): WriteStream {
  return createWriteStream(path, { flags: 'a', mode: 0o600 });
}

/** A process's log lines for people: what happened, one line each, and not more of them than anybody can read. */
export function createLogView(name: string, print: (line: string) => void): (line: string) => void {
  let second = 0;
  let shown = 0;
  let skipped = 0;
  return (line) => {
    const now = Math.floor(performance.now() / 1_000);
    if (now !== second) {
      if (skipped > 0) print(`         ${name.padEnd(NAME_WIDTH)} … and ${skipped} more lines in its log file`);
      second = now;
      shown = 0;
      skipped = 0;
    }
    if (shown >= MAX_LINES_PER_SECOND) {
      skipped += 1;
      return;
    }
    const text = readable(name, line);
    if (text === null) return;
    shown += 1;
    print(text);
  };
}

/** Null for what is only noise on a terminal: the routine calls between the processes. */
export function readable(name: string, line: string): string | null {
  const entry = parse(line);
  if (entry === null) return line.trim() === '' ? null : `         ${name.padEnd(NAME_WIDTH)} ${line}`;
  const level = Number(entry.level);
  if (entry.msg === 'call' && level < 40) return null;
  if (isRoutineJob(entry)) return null;
  const fields = Object.entries(entry)
    .filter(([key, value]) => !HIDDEN_FIELDS.has(key) && value !== null && value !== '')
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  const error = (entry.err as { message?: string } | undefined)?.message;
  return [
    String(entry.time).slice(11, 19),
    name.padEnd(NAME_WIDTH),
    ...(LEVELS[level] === undefined ? [] : [LEVELS[level]]),
    ...(typeof entry.msg === 'string' ? [entry.msg] : []),
    ...(error === undefined ? [] : [error]),
    ...fields,
  ].join(' ');
}

/** A run that a schedule wanted, every few seconds, and that went well. */
const isRoutineJob = ({ msg, outcome, jobId }: Record<string, unknown>): boolean =>
  msg === 'job' && outcome === 'completed' && String(jobId).startsWith('repeat:');

function parse(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}
