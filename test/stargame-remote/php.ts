import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ensurePrograms } from '../../scripts/lib/servers.ts';
import { track } from '../harness/leaks.ts';

/** What the document's server is written in: one process, asked again and again. */
export type Php = AsyncDisposable & {
  /** Calls a function of PHP with JSON values; strings go over as they are. */
  call: (name: string, ...args: unknown[]) => Promise<unknown>;
};

// A line in, a line out, both base64 of JSON.
const PROGRAM = `
while (($line = fgets(STDIN)) !== false) {
  [$name, $args] = json_decode(base64_decode($line), true);
  echo base64_encode(json_encode(['value' => $name(...$args)])), "\\n";
}`;

export async function startPhp(): Promise<Php> {
  const { php } = await ensurePrograms(['php'], process.env, 'npx vitest');
  if (php === null) throw new Error('no PHP');
  const child = spawn(php.path, ['-n', '-r', PROGRAM], { env: php.env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const untrack = track('php', () => stop(child));
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (name: string, args: unknown[]): Promise<unknown> => {
    child.stdin.write(`${Buffer.from(JSON.stringify([name, args])).toString('base64')}\n`);
    const { value: line, done } = await lines.next();
    if (done === true) throw new Error('PHP has ended');
    return (JSON.parse(Buffer.from(line, 'base64').toString('utf8')) as { value: unknown }).value;
  };
  return {
    call: (name, ...args) => {
      last = last.then(() => ask(name, args));
      return last;
    },
    [Symbol.asyncDispose]: async () => {
      untrack();
      await stop(child);
    },
  };
}

async function stop(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null) return;
  child.stdin.end();
  await once(child, 'exit');
}
