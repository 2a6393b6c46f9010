/** What the books need of a transaction's context. PLATFORM v2.49, changebalance, Request data parameters. */
export type BookedContext = {
  /** Empty where it has none. */
  reason: string;
  /** Whether it names a campaign. */
  campaign: boolean;
  /** In 1/10000 of the currency; 0 where there is none that can be read. */
  rakeTenThousandths: bigint;
};

const NONE: BookedContext = { reason: '', campaign: false, rakeTenThousandths: 0n };

/** What DECIMAL(18,4) holds. */
const MAX_RAKE = 999_999_999_999_999_999n;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;
const DECIMALS = 4;

/** Never throws: what is no JSON object, or has members of other types, says nothing. */
export function readContext(context: string): BookedContext {
  if (context === '') return NONE;
  const { reason, campaign_code: campaignCode, rake } = parseObject(context);
  return {
    reason: typeof reason === 'string' ? reason : '',
    campaign: typeof campaignCode === 'string' && campaignCode !== '',
    rakeTenThousandths: typeof rake === 'string' ? tenThousandths(rake) : 0n,
  };
}

/** Numbers come as the text that they were written as, so that none of them is rounded. */
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

/** A decimal, exactly; digits behind the fourth place are cut off, and what DECIMAL(18,4) can't hold is no rake. */
export function tenThousandths(decimal: string): bigint {
  const [, sign, whole, fraction = '', exponent = '0'] = DECIMAL.exec(decimal) ?? [];
  if (whole === undefined) return 0n;
  const shift = DECIMALS - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  const value = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
  if (value > MAX_RAKE) return 0n;
  return sign === '-' ? -value : value;
}
