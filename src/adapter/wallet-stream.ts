import type { Logger } from '../common/log.ts';
import type { WalletChannel } from '../common/wallet-client.ts';
import { type Operation, OperationKind, type Outcome, Reason, TransactionStatus } from '../gen/wallet/v1/money_pb.ts';
import { type Ask, type Asker, takeLate, WalletLink } from './wallet-link.ts';

export type { Asker } from './wallet-link.ts';

/** How often deadlines are looked at: one timer for all, so an operation is given up at most this much late. */
const TICK_MS = 20;
/** How often a wallet that is silent is asked something, so that it can show that it is not. */
const PROBE_MS = 1_000;

/** The money stream to all wallet processes, as one. */
export type WalletStream = {
  /**
   * Asks for one operation; `asker.settle` is called exactly once, at the latest a tick after `giveUpAtMs` (by `performance.now()`).
   * Beside the wallet's own outcomes, its reason is OVERLOADED when too much is in flight already, UNAVAILABLE when the
   * operation was certainly never sent, and OUTCOME_UNKNOWN when it was and no definite outcome came back in time.
   */
  ask: (operation: Operation, giveUpAtMs: number, asker: Asker) => void;
  /** Whether a stream to a wallet process stands. */
  isUp: () => boolean;
  inFlight: () => number;
  /** Gives up what is still in flight, and closes the streams. */
  close: () => void;
};

/**
 * A player's operations go to one wallet process while it is up, so that they meet in one lane; while it is down or silent, to the next:
 * row locks and transaction ids make that safe also where it comes to life again.
 * What is in flight on a stream that breaks is asked again, under the same transaction ids, until its deadline; but for bets that are
 * void when late, whose outcome is unknown then.
 */
export function createWalletStream(deps: {
  channels: readonly WalletChannel[];
  maxInFlight: number;
  log: Logger;
  onConnect: (address: string) => void;
  random?: () => number;
}): WalletStream {
  const { channels, maxInFlight, log } = deps;
  const now = (): number => performance.now();
  const waiting: Ask[] = [];
  const late: Ask[] = [];
  let inFlight = 0;
  let probedAtMs = 0;

  const settle = (ask: Ask, outcome: Outcome): void => {
    inFlight--;
    ask.asker.settle(outcome);
  };

  const giveUp = (ask: Ask): void =>
    settle(ask, faultOutcome(ask.wasSent ? Reason.OUTCOME_UNKNOWN : Reason.UNAVAILABLE));

  const place = (ask: Ask): void => {
    const link = pick(links, ask.operation);
    if (link === undefined) waiting.push(ask);
    else link.enqueue(ask);
    if (ask.operation.kind === OperationKind.BALANCE) probe(ask.operation);
  };

  /** Asks silent wallets for what another one is asked anyway, and which moves nothing. Nobody waits for their answer. */
  const probe = (operation: Operation): void => {
    const nowMs = now();
    if (nowMs < probedAtMs + PROBE_MS) return;
    probedAtMs = nowMs;
    for (const link of links) {
      if (!link.isUp || !link.isSuspect) continue;
      inFlight++;
      const giveUpAtMs = nowMs + PROBE_MS;
      link.enqueue({ operation: { ...operation }, giveUpAtMs, asker: NOBODY, wasSent: false, wasLost: false });
    }
  };

  /**
   * A bet that is void when late is canceled by the wallet whose stream broke, whenever it comes to it: another's success would not
   * last. So it is asked once.
   */
  const askAgain = (ask: Ask): void => {
    if (ask.wasLost && ask.operation.voidIfLate) settle(ask, UNKNOWN);
    else place(ask);
  };

  const links = channels.map(
    ({ address, client, metadata }) =>
      new WalletLink({
        address,
        client,
        metadata,
        log,
        now,
        random: deps.random ?? Math.random,
        onUp: () => {
          log.info({ wallet: address }, 'wallet stream is up');
          deps.onConnect(address);
          for (const ask of waiting.splice(0)) place(ask);
        },
        onOutcome: (ask, outcome) => settle(ask, ask.wasLost && isNothingDone(outcome.reason) ? UNKNOWN : outcome),
        onBroken: (_link, asks) => asks.forEach(askAgain),
      }),
  );

  const timer = setInterval(() => {
    const nowMs = now();
    for (const link of links) {
      link.checkSilence(nowMs);
      link.takeLate(nowMs, late);
    }
    takeLate(waiting, nowMs, late);
    for (const ask of late.splice(0)) giveUp(ask);
  }, TICK_MS);

  for (const link of links) link.connect();

  return {
    ask: (operation, giveUpAtMs, asker) => {
      if (inFlight >= maxInFlight) {
        asker.settle(OVERLOADED);
        return;
      }
      inFlight++;
      place({ operation, giveUpAtMs, asker, wasSent: false, wasLost: false });
    },
    isUp: () => links.some((link) => link.isUp),
    inFlight: () => inFlight,
    close: () => {
      clearInterval(timer);
      for (const link of links) {
        link.takeLate(Number.POSITIVE_INFINITY, late);
        link.close();
      }
      takeLate(waiting, Number.POSITIVE_INFINITY, late);
      for (const ask of late.splice(0)) giveUp(ask);
    },
  };
}

/** The player's own wallet process, or the next one that is up; one that is silent only where no other is up. */
function pick(links: readonly WalletLink[], operation: Operation): WalletLink | undefined {
  const home = links.length === 1 ? 0 : hashOf(operation) % links.length;
  let silent: WalletLink | undefined;
  for (let step = 0; step < links.length; step++) {
    const link = links[(home + step) % links.length];
    if (!link?.isUp) continue;
    if (!link.isSuspect) return link;
    silent ??= link;
  }
  return silent;
}

/** FNV-1a of the operator and the player; AUTHENTICATE has only the token to go by. */
function hashOf(operation: Operation): number {
  const isByToken = operation.kind === OperationKind.AUTHENTICATE;
  return fnv1a(fnv1a(0x811c_9dc5, operation.operatorId), isByToken ? (operation.sessionToken ?? '') : operation.userId);
}

function fnv1a(seed: number, text: string): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  return hash >>> 0;
}

/** Says that this try did nothing; says nothing of an earlier try whose stream broke. */
function isNothingDone(reason: Reason): boolean {
  return reason === Reason.UNAVAILABLE || reason === Reason.OVERLOADED || reason === Reason.DEADLINE_PASSED;
}

function faultOutcome(reason: Reason): Outcome {
  return {
    $typeName: 'wallet.v1.Outcome',
    id: 0,
    reason,
    replayed: false,
    balanceUnits: 0n,
    currencyCode: '',
    transactionStatus: TransactionStatus.UNSPECIFIED,
    message: '',
  };
}

const NOBODY: Asker = { settle: () => undefined };
const UNKNOWN = faultOutcome(Reason.OUTCOME_UNKNOWN);
const OVERLOADED = faultOutcome(Reason.OVERLOADED);
