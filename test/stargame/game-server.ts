import { Agent, get } from 'node:http';

/** What was asked of the casino, and what the game server heard of it. Amounts in units of 1/100. */
export type Notification = {
  uid: string;
  betUnits: bigint;
  winUnits: bigint;
  /** `none`: the connection ended without an answer. */
  answer: 'success' | 'fail' | 'none';
};

/** StarGame's game server, as far as a casino meets it: it sends each notification once, and believes what it hears. */
export type GameServer = {
  writeBet: (uid: string, betUnits: bigint, winUnits: bigint) => Promise<Notification>;
  /** The balance as answered; null where the answer was `fail` or none. */
  getBalance: (uid: string) => Promise<bigint | null>;
  /** All that was sent and has ended, in that order. */
  sent: readonly Notification[];
  close: () => void;
};

export function createGameServer(hallUrl: () => string): GameServer {
  const agent = new Agent({ keepAlive: true, maxSockets: 1_024 });
  const sent: Notification[] = [];

  const ask = (query: string): Promise<{ status: string; cash?: string } | null> =>
    new Promise((resolve) => {
      const request = get(`${hallUrl()}?${query}`, { agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve(parse(text)));
        response.on('error', () => resolve(null));
      });
      request.on('error', () => resolve(null));
    });

  return {
    writeBet: async (uid, betUnits, winUnits) => {
      const answer = await ask(`cmd=writeBet&uid=${uid}&bet=${betUnits}&win=${winUnits}`);
      const heard = answer === null ? 'none' : answer.status === 'success' ? 'success' : 'fail';
      const notification: Notification = { uid, betUnits, winUnits, answer: heard };
      sent.push(notification);
      return notification;
    },
    getBalance: async (uid) => {
      const answer = await ask(`cmd=getBalance&uid=${uid}&foo=${sent.length}`);
      return answer?.status === 'success' && answer.cash !== undefined ? BigInt(answer.cash) : null;
    },
    sent,
    close: () => agent.destroy(),
  };
}

/** `cash` as it was written: it may be more than a number can hold. */
function parse(text: string): { status: string; cash?: string } {
  const { status } = JSON.parse(text) as { status: string };
  const cash = /"cash":(-?\d+)/.exec(text)?.[1];
  return cash === undefined ? { status } : { status, cash };
}
