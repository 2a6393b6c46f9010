import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { track } from '../../harness/leaks.ts';

/** PLATFORM with businessReport alone: no games, no limits. It keeps every question. */
export type ReportServer = AsyncDisposable & {
  url: string;
  /** "operator day", in the order of the questions. */
  asked: string[];
  /** What each operator staked on each day, in whole euros; of other days the report is empty. */
  stakes: Map<string, number>;
  /** Questions to which the answer is a 500. */
  failing: Set<string>;
  /** Questions that are not answered before `release`. */
  held: Set<string>;
  release: () => void;
};

const NOTHING = JSON.stringify({ games: [], lobbies: [], enabled: false });

export async function startReportServer(): Promise<ReportServer> {
  const asked: string[] = [];
  const stakes = new Map<string, number>();
  const failing = new Set<string>();
  const held = new Set<string>();
  let waiting: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    response.setHeader('content-type', 'application/json');
    if (!pathname.endsWith('/businessReport')) return void response.end(NOTHING);
    const day = searchParams.get('date') ?? '';
    const question = `${request.headers['x-operator-id']} ${day}`;
    asked.push(question);
    if (held.has(question)) await new Promise<void>((resolve) => void waiting.push(resolve));
    if (failing.has(question)) return void response.writeHead(500).end();
    const stake = stakes.get(question);
    response.end(JSON.stringify(stake === undefined ? [] : [reportRow(day, stake)]));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const release = (): void => {
    held.clear();
    for (const answer of waiting) answer();
    waiting = [];
  };
  const close = async (): Promise<void> => {
    release();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  const untrack = track('report server', close);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ asked, stakes, failing, held, release },
    [Symbol.asyncDispose]: async () => {
      untrack();
      await close();
    },
  };
}

/** As in PLATFORM's sample, spaces included. */
const reportRow = (day: string, stake: number) => ({
  ...{ entity_name: ' operatorName', vendor: 'netent', currency_code: 'EUR', date: day },
  ...{ bets_sum: stake, bets_count: 1, wins_count: 0, wins_sum: 0 },
  ...{ freespins_sum: 0, freespins_count: 0, jackpots_count: 0, jackpots_sum: 0 },
  gross_gaming_revenue: `${stake}.00`,
});
