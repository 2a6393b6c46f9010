import type { Logger } from '../../common/log.ts';
import { AuditService } from '../../gen/wallet/v1/audit_pb.ts';
import type { Wallet } from '../wallet.ts';

export type AuditRecord = {
  /** The person, as they logged in. */
  actor: string;
  action: string;
  target: string;
  detail: string;
};

/**
 * The trail of what was pressed, which the wallet keeps.
 *
 * What changes something is recorded first, and not done where that fails. Logging in and out changes nothing, and is needed most
 * while the wallet is away: it goes on, and its record is made up for, unless this process ends before.
 */
export type Audit = {
  /** Rejects where it is not recorded. */
  record: (record: AuditRecord, requestId: string) => Promise<void>;
  /** Never throws, returns at once. */
  recordLater: (record: AuditRecord) => void;
  stop: () => void;
};

const OWED_MAX = 200;
const RETRY_MS = 2_000;
const DETAIL_MAX_CHARACTERS = 255;

export function createAudit(wallet: Wallet, log: Logger): Audit {
  const owed: { entry: AuditRecord; atMs: number }[] = [];
  let isSending = false;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const record: Audit['record'] = async (entry, requestId) => {
    const detail = entry.detail.slice(0, DETAIL_MAX_CHARACTERS);
    await wallet.call(AuditService.method.recordAudit, { ...entry, detail }, requestId);
  };

  const send = async (): Promise<void> => {
    if (isSending || isStopped) return;
    isSending = true;
    try {
      for (let next = owed[0]; next !== undefined; next = owed[0]) {
        // The wallet stamps it with the time of its own writing.
        const isLate = Date.now() - next.atMs > RETRY_MS;
        const detail = isLate ? `${next.entry.detail}, at ${new Date(next.atMs).toISOString()}` : next.entry.detail;
        await record({ ...next.entry, detail }, 'audit');
        owed.shift();
      }
    } catch (error) {
      log.debug({ err: error, owed: owed.length }, 'the audit trail is not written; trying on');
      if (!isStopped) timer = setTimeout(send, RETRY_MS);
    } finally {
      isSending = false;
    }
  };

  return {
    record: async (entry, requestId) => {
      log.info({ ...entry, requestId }, 'audit');
      await record(entry, requestId);
    },
    recordLater: (entry) => {
      log.info(entry, 'audit');
      if (owed.length >= OWED_MAX) {
        log.warn({ ...entry, owed: owed.length }, 'the audit trail has a gap: only this line tells');
        return;
      }
      owed.push({ entry, atMs: Date.now() });
      void send();
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
