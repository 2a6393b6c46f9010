import { relative } from 'node:path';
import type { App } from './app-process.ts';
import type { CurlLine } from './curl-lines.ts';

/** What runs; the simulator where it was asked for. */
export type Apps = { wallet: App; adapter: App; jobs: App; simulator: App | null };

/** What a newcomer reads when everything is up. */
export function welcome(options: {
  dir: string;
  adapterUrl: string;
  apps: Apps;
  opsUrl: string;
  /** A default login that works; null where there is none. */
  opsLogin: { user: string; password: string } | null;
  /** To be pasted, by whose requests they are; none where there is no demo data. */
  lines: ReadonlyMap<string, readonly CurlLine[]>;
}): string {
  const { adapterUrl, apps, opsUrl, opsLogin, lines } = options;
  const dir = relative(process.cwd(), options.dir) || '.';
  const { wallet, adapter, jobs, simulator } = apps;
  const tryIt =
    lines.size === 0
      ? ['There is no demo data: add an operator with `npx croupier operator add`.']
      : [
          `Requests against the demo data, to be pasted into another terminal (or all at once: sh ${dir}/try.sh).`,
          ...[...lines].flatMap(([provider, ofProvider]) => [
            '',
            `${provider}:`,
            ...ofProvider.flatMap(({ title, line }) => ['', `# ${title}`, line]),
          ]),
        ];
  return [
    '',
    'croupier is up.',
    '',
    `  adapter     ${adapterUrl}/platform/{command} and /stargame/{hall}/{path secret}`,
    `  wallet      gRPC on 127.0.0.1:${wallet.port}, with health and reflection`,
    `  jobs        gRPC on 127.0.0.1:${jobs.grpcPort}, the same`,
    `  dashboard   ${opsUrl}${opsLogin === null ? '' : ` (log in as ${opsLogin.user} / ${opsLogin.password})`}`,
    `  health      /healthz, /readyz and /metrics on http://127.0.0.1:${adapter.opsPort} (adapter), :${wallet.opsPort} (wallet), :${jobs.opsPort} (jobs)`,
    ...(lines.size === 0 ? [] : [`  lobby       ${adapterUrl}/lobby`]),
    ...(simulator === null
      ? []
      : [
          `  simulator   http://127.0.0.1:${simulator.port}/platform: PLATFORM's server, which plays what is launched or ordered`,
          `              http://127.0.0.1:${simulator.port}/stargame: StarGame's server, at which player 117 plays by himself`,
        ]),
    '  by hand     npx croupier --help',
    `  logs        ${dir}/logs/*.log (JSON; what happens is shown below as well)`,
    `  data        ${dir} (URLs of database and Redis: ${dir}/env)`,
    '',
    ...tryIt,
    '',
    ...(simulator === null && lines.size > 0
      ? [
          "With the providers' servers simulated, to play in a lobby, and to see launches, game logs, reports and their reconciliation: CROUPIER_SIMULATORS=1 npm start",
          '',
        ]
      : []),
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
}
