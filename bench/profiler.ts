import { once } from 'node:events';
import { writeFileSync } from 'node:fs';

const SAMPLE_MICROS = 500;

type Frame = { functionName: string; url: string; lineNumber: number };
/** What the inspector's Profiler.stop gives: nodes of the call tree, and which of them was running at each sample. */
export type Profile = {
  nodes: { id: number; callFrame: Frame; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
};

export type Profiler = { start: () => Promise<void>; stop: (file: string) => Promise<Profile> };

/** Profiles another Node process through its inspector, for exactly as long as a measurement takes. */
export async function connectProfiler(inspectorUrl: string): Promise<Profiler> {
  const socket = new WebSocket(inspectorUrl);
  await once(socket, 'open');
  let nextId = 1;

  const call = (method: string, params = {}): Promise<{ profile?: Profile }> => {
    const id = nextId++;
    return new Promise((resolve, reject) => {
      const onMessage = (event: MessageEvent): void => {
        const message = JSON.parse(String(event.data));
        if (message.id !== id) return;
        socket.removeEventListener('message', onMessage);
        if (message.error) reject(new Error(`${method}: ${message.error.message}`));
        else resolve(message.result);
      };
      socket.addEventListener('message', onMessage);
      socket.send(JSON.stringify({ id, method, params }));
    });
  };

  return {
    start: async () => {
      await call('Profiler.enable');
      await call('Profiler.setSamplingInterval', { interval: SAMPLE_MICROS });
      await call('Profiler.start');
    },
    stop: async (file) => {
      const { profile } = await call('Profiler.stop');
      socket.close();
      if (profile === undefined) throw new Error('the inspector gave no profile');
      writeFileSync(file, JSON.stringify(profile));
      return profile;
    },
  };
}

/** Shares of the time in which the process was not idle. */
export type Share = { where: string; share: number };
export type Summary = { idleShare: number; functions: Share[]; parts: Share[] };

/**
 * Where the time went. `functions`: by function, callees not counted. `parts`: by package or folder, where native code counts
 * to the file that called it; `pino` are log lines, `node:net` sockets, `(program)` is the runtime itself.
 */
export function summarize(profile: Profile, count: number): Summary {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)),
  );
  const partOfNode = (id: number): string => {
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const url = nodes.get(at)?.callFrame.url ?? '';
      if (url !== '') return partOf(url);
    }
    return nodes.get(id)?.callFrame.functionName ?? '?';
  };

  const functions = new Map<string, number>();
  const parts = new Map<string, number>();
  let totalMicros = 0;
  let idleMicros = 0;
  profile.samples.forEach((id, index) => {
    const micros = profile.timeDeltas[index] ?? 0;
    const frame = nodes.get(id)?.callFrame;
    totalMicros += micros;
    if (frame === undefined) return;
    if (frame.functionName === '(idle)') {
      idleMicros += micros;
      return;
    }
    add(functions, describe(frame), micros);
    add(parts, partOfNode(id), micros);
  });
  const top = (micros: Map<string, number>): Share[] =>
    [...micros]
      .sort(([, a], [, b]) => b - a)
      .slice(0, count)
      .map(([where, own]) => ({ where, share: own / (totalMicros - idleMicros) }));
  return { idleShare: idleMicros / totalMicros, functions: top(functions), parts: top(parts) };
}

const add = (sums: Map<string, number>, key: string, value: number): void => {
  sums.set(key, (sums.get(key) ?? 0) + value);
};

function describe({ functionName, url, lineNumber }: Frame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name} ${shortPath(url)}:${lineNumber + 1}`;
}

const shortPath = (url: string): string =>
  url.replace(/^.*\/node_modules\//, '').replace(/^file:\/\/.*\/(?=(src|bench)\/)/, '');

/** A package, a folder of ours, or a part of Node. */
function partOf(url: string): string {
  if (url.startsWith('node:'))
    return url
      .replace(/^node:(internal\/)?/, 'node:')
      .split('/', 1)
      .join('');
  const [first = '', second = ''] = shortPath(url).split('/');
  return first.startsWith('@') || first === 'src' || first === 'bench' ? `${first}/${second}` : first;
}
