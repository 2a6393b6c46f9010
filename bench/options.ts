import { parseArgs } from 'node:util';
import { type Players, SECTIONS, type Section } from './types.ts';

/** Those after SECTIONS have measurements of their own kind. */
const ALL_SECTIONS = [...SECTIONS, 'stargame', 'jobs', 'books', 'platform'] as const;

export const USAGE = `npm run bench -- [options]

  --only chain,stargame    sections: ${ALL_SECTIONS.join(', ')} (default: all)
  --clients 1,16,64        connections of the closed loops
  --players spread|one     spread over 10,000 players, or all on one (default: both)
  --rates 1000,2000,4000   requests a second of the open loops; 0: none
  --seconds 4              length of a closed-loop measurement, after its warm-up
  --open-seconds 15        length of an open-loop measurement; the chain at 1,000/s runs four times as long
  --stargame-seconds 120   length of each of the three measurements with StarGame's notifications
  --books-terminals 10000  terminals whose logs are harvested and reconciled, 100 records each
  --books-rate 25          calls a second of the harvest
  --report-transactions 5000000  of the day whose report is compared
  --warmup 1               seconds before each measurement
  --minutes 10             instead of all that: the chain at 64 clients for so long, with the memory of each process
  --profile                instead of all that: CPU profiles of adapter and wallet at 64 clients
  --redis-url URL          the Redis for stargame, jobs, books and platform; otherwise REDIS_URL. Only an empty database of it is used
  --database-url URL       the server; otherwise BENCH_DATABASE_URL or DATABASE_URL. Databases are made there and dropped
`;

export type Options = {
  databaseUrl: string;
  redisUrl: string;
  sections: Section[];
  stargame: boolean;
  jobs: boolean;
  books: boolean;
  platform: boolean;
  booksTerminals: number;
  booksCallsPerSecond: number;
  reportTransactions: number;
  clients: number[];
  players: Players[];
  ratesPerSecond: number[];
  seconds: number;
  openSeconds: number;
  starGameSeconds: number;
  warmupSeconds: number;
  soakMinutes: number;
  profile: boolean;
};

/** Throws an Error that names the option which is wrong. */
export function readOptions(args: string[], env: NodeJS.ProcessEnv): Options {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: ALL_SECTIONS.join(',') },
      clients: { type: 'string', default: '1,16,64' },
      players: { type: 'string', default: 'spread,one' },
      rates: { type: 'string', default: '1000,2000,4000' },
      seconds: { type: 'string', default: '4' },
      'open-seconds': { type: 'string', default: '15' },
      'stargame-seconds': { type: 'string', default: '120' },
      'books-terminals': { type: 'string', default: '10000' },
      'books-rate': { type: 'string', default: '25' },
      'report-transactions': { type: 'string', default: '5000000' },
      warmup: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '0' },
      profile: { type: 'boolean', default: false },
      'redis-url': { type: 'string', default: env.REDIS_URL ?? '' },
      'database-url': { type: 'string', default: env.BENCH_DATABASE_URL ?? env.DATABASE_URL ?? '' },
    },
  });
  if (values['database-url'] === '') {
    throw new Error('--database-url: no database server; `npm run bench` starts a private one');
  }
  const chosen = choices('--only', values.only, ALL_SECTIONS);
  const isWhole = !values.profile && Number(values.minutes) === 0;
  const needsRedis = isWhole && chosen.some((section) => ['stargame', 'jobs', 'books', 'platform'].includes(section));
  if (needsRedis && values['redis-url'] === '') throw new Error('--redis-url: no Redis; `npm run bench` starts one');
  return {
    databaseUrl: values['database-url'],
    redisUrl: values['redis-url'],
    sections: SECTIONS.filter((section) => chosen.includes(section)),
    stargame: isWhole && chosen.includes('stargame'),
    jobs: isWhole && chosen.includes('jobs'),
    books: isWhole && chosen.includes('books'),
    platform: isWhole && chosen.includes('platform'),
    booksTerminals: number('--books-terminals', values['books-terminals']),
    booksCallsPerSecond: number('--books-rate', values['books-rate']),
    reportTransactions: number('--report-transactions', values['report-transactions']),
    clients: numbers('--clients', values.clients),
    players: choices('--players', values.players, ['spread', 'one']),
    ratesPerSecond: numbers('--rates', values.rates).filter((rate) => rate > 0),
    seconds: number('--seconds', values.seconds),
    openSeconds: number('--open-seconds', values['open-seconds']),
    starGameSeconds: number('--stargame-seconds', values['stargame-seconds']),
    warmupSeconds: number('--warmup', values.warmup),
    soakMinutes: number('--minutes', values.minutes),
    profile: values.profile,
  };
}

function choices<T extends string>(option: string, text: string, allowed: readonly T[]): T[] {
  return text.split(',').map((word) => {
    const choice = allowed.find((candidate) => candidate === word.trim());
    if (choice === undefined) throw new Error(`${option}: "${word}" is none of ${allowed.join(', ')}`);
    return choice;
  });
}

const numbers = (option: string, text: string): number[] => text.split(',').map((word) => number(option, word));

function number(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new Error(`${option}: "${text}" is not a number`);
  return value;
}
