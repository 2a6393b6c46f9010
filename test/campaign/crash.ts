// npm run campaign:crash -- --kills 30
import { killDatabases } from '../crash/database-kills.ts';
import { cutLines } from '../crash/line-cuts.ts';
import { type KillResult, killWallets } from '../crash/wallet-kills.ts';
import { createTestDatabase } from '../harness/database.ts';
import { runCampaign } from './campaign.ts';

const SETTLED_BETWEEN = 1_000;

/** A quarter each: the wallet; its line to the database; the database under gRPC, and under HTTP. */
await runCampaign('kills', 30, async (kills, progress) => {
  const each = Math.ceil(kills / 4);
  await using database = await createTestDatabase();
  await using other = await createTestDatabase();
  const parts: [string, (options: Parameters<typeof killWallets>[1]) => Promise<KillResult>][] = [
    ['wallet', (options) => killWallets(database.url, options)],
    ['line', (options) => cutLines(other.url, options)],
    ['database, over gRPC', (options) => killDatabases('grpc', options)],
    ['database, over HTTP', (options) => killDatabases('http', options)],
  ];
  const figures: string[] = [];
  for (const [what, run] of parts) {
    const { wrong, counts } = await run({
      kills: each,
      settledBetween: SETTLED_BETWEEN,
      progress: (kill, { settled }) => progress(`${what}: ${kill} of ${each} kills, ${settled} requests`),
    });
    if (wrong.length > 0) throw new Error(`${what}:\n  ${wrong.slice(0, 50).join('\n  ')}`);
    const { settled, unknown, nothingDone, replayed } = counts;
    figures.push(
      `${what}: ${settled} requests, ${unknown} unknown and ${nothingDone} not done at first, ${replayed} replayed`,
    );
  }
  return `${figures.join('\n')}\n${each * parts.length} kills`;
});
