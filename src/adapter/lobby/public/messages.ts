export type GameMessage = { type: 'close' } | { type: 'balance' } | { type: 'panic'; url: string | null };

/**
 * What a game in a frame tells the page around it. StarGame's document (Games display on webpage, Using HTML5) has `msg` with
 * `closeGame`, and `panic` with the address that is to be shown instead; its balanceChange, and others, are taken as well. Null for all
 * else: any page may send anything.
 */
export function readGameMessage(data: unknown): GameMessage | null {
  if (typeof data !== 'object' || data === null) return null;
  const { msg, type, url } = data as Record<string, unknown>;
  switch (msg ?? type) {
    case 'closeGame':
      return { type: 'close' };
    case 'balanceChange':
    case 'balanceChanged':
      return { type: 'balance' };
    case 'panic':
      return { type: 'panic', url: webAddress(url) };
    default:
      return null;
  }
}

/** Never a script: `javascript:` would run as the lobby. */
function webAddress(url: unknown): string | null {
  const parsed = typeof url === 'string' ? URL.parse(url) : null;
  return parsed !== null && /^https?:$/.test(parsed.protocol) ? parsed.href : null;
}
