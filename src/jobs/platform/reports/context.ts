/** What reports need of a transaction's context; empty: not said. PLATFORM v2.49, changebalance. */
export type ReportContext = { reason: string; historyId: string };

const FREE_SPIN = 'PROMO-FREESPIN';
const JACKPOT = 'JACKPOT';

/** Never throws: what is no JSON object, or has members of other types, says nothing. A number is the text that it was written as. */
export function readContext(context: string): ReportContext {
  const { reason, history_id: historyId } = parseObject(context);
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return { reason: text(reason), historyId: text(historyId) };
}

export const isFreeSpin = ({ reason }: ReportContext): boolean => reason === FREE_SPIN;
/** In letters of either case, as the wallet's books count it: the document names no values. */
export const isJackpot = ({ reason }: ReportContext): boolean => reason.toUpperCase().includes(JACKPOT);

function parseObject(json: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(json, (_key, value: unknown, at?: { source?: string }) =>
      typeof value === 'number' ? at?.source : value,
    );
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
