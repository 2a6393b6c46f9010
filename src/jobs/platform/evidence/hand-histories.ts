import { createHash } from 'node:crypto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { RemoteError } from '../../../adapter/outbound/remote-error.ts';
import type { HandHistoryAnswer } from '../../../adapter/platform/client/types.ts';
import { change, loggable, type Pool, selectRow, selectRows } from '../../../common/db.ts';
import { failedPrecondition, invalidArgument, notFound, unavailable } from '../../../common/fault.ts';
import { operatorId as checkedOperatorId, label } from '../../../common/fields.ts';
import type {
  FetchHandHistoryRequest,
  GetHandHistoryRequest,
  HandHistorySchema,
} from '../../../gen/jobs/v1/platform_pb.ts';
import { MoneyService } from '../../../gen/wallet/v1/money_pb.ts';
import { callerFault } from '../../stargame/faults.ts';
import { codeOf } from '../../wallet.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { PlatformDeps } from '../deps.ts';

type HandHistory = MessageInitShape<typeof HandHistorySchema>;
type Request = Pick<FetchHandHistoryRequest, 'operatorId' | 'transactionId' | 'historyId' | 'vendor' | 'again'>;
type Key = Pick<GetHandHistoryRequest, 'operatorId' | 'transactionId'>;
type Deps = Pick<PlatformDeps, 'pool' | 'wallet' | 'client' | 'operators' | 'log' | 'now'> & {
  catalogue: Pick<Catalogue, 'game'>;
};

export type HandHistories = {
  /** Throws the faults that the proto names, and what the database has to say. */
  fetch: (request: Request, requestId: string) => Promise<HandHistory>;
  get: (request: Key) => Promise<HandHistory>;
  /** Which of these transactions have one kept. */
  kept: (operatorId: string, transactionIds: readonly string[]) => Promise<Set<string>>;
};

/** PLATFORM's name in the wallet. */
const PROVIDER = 'platform';
const TRANSACTION_ID = /^[!-{}~]{1,64}$/;
const HISTORY_ID_LENGTH = 255;
const VENDOR_LENGTH = 64;
const BODY_BYTES = 1_048_576;
const KEPT_AT_ONCE = 1_000;

export function createHandHistories(deps: Deps): HandHistories {
  const { pool } = deps;
  return {
    fetch: async (request, requestId) => {
      const key = keyOf(request);
      const kept = await find(pool, key);
      if (kept !== null && !request.again) return kept;
      const hand = await handOf(deps, request, requestId);
      const answer = await ask(deps, key.operatorId, hand, requestId);
      await store(deps, { ...key, ...hand, ...answer }, request.again);
      const stored = await find(pool, key);
      if (stored === null) throw new Error('a hand history that was stored is not there');
      const { type, body, sha256 } = stored;
      deps.log.info(
        // Evidence that was replaced leaves at least its digest.
        { requestId, ...loggedOf(key), type, bytes: Buffer.byteLength(body), sha256, replaced: kept?.sha256 },
        'hand history kept',
      );
      return stored;
    },
    get: async (request) => {
      const kept = await find(pool, keyOf(request));
      if (kept === null) throw notFound('hand history');
      return kept;
    },
    kept: async (operatorId, transactionIds) => {
      const found = new Set<string>();
      for (let at = 0; at < transactionIds.length; at += KEPT_AT_ONCE) {
        const rows = await selectRows<{ transaction_id: string }>(
          pool,
          'SELECT transaction_id FROM hand_histories WHERE operator_id = ? AND transaction_id IN (?)',
          [operatorId, transactionIds.slice(at, at + KEPT_AT_ONCE)],
        );
        for (const row of rows) found.add(row.transaction_id);
      }
      return found;
    },
  };
}

const loggedOf = ({ operatorId, transactionId }: Key) => ({ operator: operatorId, transaction: transactionId });

function keyOf({ operatorId, transactionId }: Key): Key {
  if (!TRANSACTION_ID.test(transactionId)) {
    throw invalidArgument('transaction_id', 'must be 1 to 64 visible ASCII characters without |');
  }
  return { operatorId: checkedOperatorId(operatorId), transactionId };
}

type Hand = { transactionId: string; historyId: string; vendor: string };

/** What PLATFORM has to be told to find it. */
async function handOf(
  { wallet, catalogue }: Deps,
  { operatorId, transactionId, historyId, vendor }: Request,
  requestId: string,
): Promise<Hand> {
  label('history_id', historyId, { min: 0, max: HISTORY_ID_LENGTH });
  label('vendor', vendor, { min: 0, max: VENDOR_LENGTH });
  const key = { operatorId, provider: PROVIDER, transactionId };
  const transaction = await wallet.call(MoneyService.method.getTransaction, key, requestId).catch((error: unknown) => {
    throw codeOf(error) === status.NOT_FOUND ? notFound('transaction') : callerFault(error);
  });
  const historyOf = historyId === '' ? historyIdIn(transaction.context) : historyId;
  if (historyOf === null) throw failedPrecondition('the transaction has no history id');
  const vendorOf = vendor === '' ? (await catalogue.game(operatorId, transaction.gameId))?.vendor : vendor;
  if (vendorOf === undefined || vendorOf === '') {
    throw failedPrecondition("no list has the transaction's game: say whose it is with vendor");
  }
  return { transactionId, historyId: historyOf, vendor: vendorOf };
}

/** PLATFORM v2.49, changebalance: context.history_id, a string. The document's own samples lack it. */
export function historyIdIn(context: string): string | null {
  const { history_id: historyId } = membersOf(context);
  const isOne = typeof historyId === 'string' && historyId !== '' && [...historyId].length <= HISTORY_ID_LENGTH;
  return isOne ? historyId : null;
}

function membersOf(context: string): { history_id?: unknown } {
  try {
    const value: unknown = JSON.parse(context);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

type Body = { type: 'json' | 'url'; body: string };

async function ask({ client, operators, log }: Deps, operatorId: string, hand: Hand, requestId: string): Promise<Body> {
  const { transactionId, vendor } = hand;
  const operator = await operators.find(operatorId).catch((error: unknown) => {
    throw callerFault(error);
  });
  if (operator === null) throw notFound('operator');
  const answer = await client.handHistory(operator, hand).catch((error: unknown) => {
    log.warn(
      { requestId, ...loggedOf({ operatorId, transactionId }), vendor, err: loggable(error) },
      'hand history not fetched',
    );
    throw remoteFault(error);
  });
  return bodyOf(answer);
}

function bodyOf(answer: HandHistoryAnswer): Body {
  if (answer.type === 'none') throw failedPrecondition(`PLATFORM has no such history: ${answer.reason}`);
  const body = answer.type === 'url' ? answer.url : answer.body;
  if (Buffer.byteLength(body) > BODY_BYTES) throw failedPrecondition(`the history has more than ${BODY_BYTES} bytes`);
  return { type: answer.type, body };
}

/** It was only read, so whatever became of it, it may be asked again. */
function remoteFault(error: unknown): unknown {
  if (!(error instanceof RemoteError)) return error;
  return error.kind === 'invalid_request'
    ? failedPrecondition(`PLATFORM can't be asked: ${error.message}`)
    : unavailable(`PLATFORM has not answered, ask again: ${error.message}`, error);
}

type Row = {
  operator_id: string;
  transaction_id: string;
  history_id: string;
  vendor: string;
  type: string;
  body: string;
  sha256: string;
  fetched_at_ms: bigint;
};

async function find(
  pool: Pool,
  { operatorId, transactionId }: Key,
): Promise<(HandHistory & { type: string; body: string }) | null> {
  const row = await selectRow<Row>(pool, 'SELECT * FROM hand_histories WHERE operator_id = ? AND transaction_id = ?', [
    operatorId,
    transactionId,
  ]);
  if (row === null) return null;
  return {
    ...{ operatorId, transactionId, historyId: row.history_id, vendor: row.vendor },
    ...{ type: row.type, body: row.body, sha256: row.sha256, fetchedAtMs: row.fetched_at_ms },
  };
}

const COLUMNS = ['history_id', 'vendor', 'type', 'body', 'sha256', 'fetched_at_ms'];

/** Of two who fetch it at once the first is kept; only who asks for it again replaces it. */
async function store({ pool, now }: Deps, history: Key & Hand & Body, replaces: boolean): Promise<void> {
  const { operatorId, transactionId, historyId, vendor, type, body } = history;
  const replaced = COLUMNS.map((column) => `${column} = VALUES(${column})`).join(', ');
  await change(
    pool,
    `INSERT INTO hand_histories (operator_id, transaction_id, ${COLUMNS.join(', ')}) VALUES (?)
     ON DUPLICATE KEY UPDATE ${replaces ? replaced : 'operator_id = VALUES(operator_id)'}`,
    [[operatorId, transactionId, historyId, vendor, type, body, sha256Of(body), now()]],
  );
}

const sha256Of = (body: string): string => createHash('sha256').update(body).digest('hex');
