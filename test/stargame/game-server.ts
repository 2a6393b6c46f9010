import { Agent, get } from 'node:http';

/** What was asked of the casino, and what the game server heard of it. Amounts in units of 1/100. */
export type Notification = {
  uid: string;
  betUnits: bigint;
  winUnits: bigint;
  /**
   * `none`: the connection ended without an answer, or it came when nobody waited for it any more. `doubtful`: a `success` of which nobody
   * can say whether that was so.
   */
  answer: 'success' | 'fail' | 'none' | 'doubtful';
};

/** When a notification was handed to the kernel (between `askedAtMs` and `writtenAtMs`) and answered, by `performance.now()`. */
export type Times = { askedAtMs: number; writtenAtMs: number; heardAtMs: number };

/** How the game server takes a `success`. */
export type Hear = (times: Times) => 'success' | 'none' | 'doubtful';

/** StarGame's game server, as far as a casino meets it: it sends each notification once, and believes what it hears. */
export type GameServer = {
  writeBet: (uid: string, betUnits: bigint, winUnits: bigint) => Promise<Notification>;
  /** The balance as answered; null where the answer was `fail` or none. */
  getBalance: (uid: string) => Promise<bigint | null>;
  /** All that was sent and has ended, in that order. */
  sent: readonly Notification[];
  close: () => void;
};

type Answer = { status: string; cash?: string };

export function createGameServer(hallUrl: () => string, hear: Hear = () => 'success'): GameServer {
  const agent = new Agent({ keepAlive: true, maxSockets: 1_024 });
  const sent: Notification[] = [];

  const ask = (query: string): Promise<(Answer & Times) | null> =>
    new Promise((resolve) => {
      const askedAtMs = performance.now();
      let writtenAtMs = askedAtMs;
      const request = get(`${hallUrl()}?${query}`, { agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          resolve({ ...parse(text), askedAtMs, writtenAtMs, heardAtMs: performance.now() });
        });
        response.on('error', () => resolve(null));
      });
      request.on('finish', () => {
        writtenAtMs = performance.now();
      });
      request.on('error', () => resolve(null));
    });

  const heard = (answer: (Answer & Times) | null): Notification['answer'] => {
    if (answer === null) return 'none';
    return answer.status === 'success' ? hear(answer) : 'fail';
  };

  return {
    writeBet: async (uid, betUnits, winUnits) => {
      const answer = await ask(`cmd=writeBet&uid=${uid}&bet=${betUnits}&win=${winUnits}`);
      const notification: Notification = { uid, betUnits, winUnits, answer: heard(answer) };
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
function parse(text: string): Answer {
  const { status } = JSON.parse(text) as { status: string };
  const cash = /"cash":(-?\d+)/.exec(text)?.[1];
  return cash === undefined ? { status } : { status, cash };
}
