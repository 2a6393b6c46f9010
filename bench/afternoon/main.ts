import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type Request, type Response } from 'express';
import { createPool, type Pool } from 'mysql2/promise';
import { OPERATOR_ID, OPERATOR_SECRET } from '../requests.ts';
import { type DebitOutcome, debit } from './debit.ts';

// The afternoon version: what a good engineer would write in an afternoon, as the baseline of the benchmark. One process,
// express and a mysql2 pool, one database transaction a request. It answers PLATFORM's BETs and nothing else: amounts and ids
// pass through JavaScript numbers here, which is fine for a yardstick and would not be for money.

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

function matches(given: unknown, expected: string): boolean {
  return (
    typeof given === 'string' &&
    given.length === expected.length &&
    timingSafeEqual(Buffer.from(given, 'latin1'), Buffer.from(expected, 'latin1'))
  );
}

function timestamp(): string {
  return new Date().toISOString().slice(0, 19).replace('T', ' ');
}

async function changeBalance(pool: Pool, body: Request['body']): Promise<DebitOutcome> {
  if (!matches(body.hash, sha1(`changebalance${body.request_timestamp}${OPERATOR_SECRET}`))) return { error: 'OP_20' };
  const { data } = body;
  if (data.transaction_type !== 'BET' || typeof data.amount !== 'number') return { error: 'OP_49' };
  const connection = await pool.getConnection();
  try {
    return await debit(connection, {
      transactionId: String(data.transaction_id),
      userId: String(data.user_id),
      token: String(data.token),
      amountUnits: BigInt(Math.round(data.amount * 100)),
      currencyCode: String(data.currency_code),
      roundId: String(data.round_id),
      gameId: String(data.game_id),
    });
  } finally {
    connection.release();
  }
}

function envelope(body: Request['body'], outcome: DebitOutcome) {
  const status = 'error' in outcome ? 'ERROR' : 'OK';
  const responseTimestamp = timestamp();
  return {
    request: { command: body.command, request_timestamp: body.request_timestamp, hash: body.hash, data: body.data },
    response: {
      status,
      response_timestamp: responseTimestamp,
      hash: sha1(`${status}${responseTimestamp}${OPERATOR_SECRET}`),
      data:
        'error' in outcome
          ? { error_code: outcome.error, error_message: outcome.error }
          : { balance: Number(outcome.balanceUnits) / 100, currency_code: body.data.currency_code },
    },
  };
}

async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const pool = createPool({
    uri: env.DATABASE_URL ?? '',
    connectionLimit: Number(env.CONNECTIONS ?? 10),
    supportBigNumbers: true,
    bigNumberStrings: true,
  });
  const app = express();
  app.use(express.json());
  app.post('/platform/changebalance', async (request: Request, response: Response) => {
    if (
      request.get('X-Operator-Id') !== OPERATOR_ID ||
      !matches(request.get('X-Authorization'), sha1(`changebalance${OPERATOR_SECRET}`))
    ) {
      response.status(403).end();
      return;
    }
    const outcome = await changeBalance(pool, request.body).catch((error: unknown): DebitOutcome => {
      console.error(error);
      return { error: 'OP_50' };
    });
    response.json(envelope(request.body, outcome));
  });
  const server = app.listen(0, '127.0.0.1', () => {
    const address = server.address();
    console.log(JSON.stringify({ msg: 'ready', port: typeof address === 'object' ? address?.port : null }));
  });
  process.once('SIGTERM', () => process.exit(0));
}

await main(process.env);
