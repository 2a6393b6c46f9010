import type { MessageInitShape } from '@bufbuild/protobuf';
import { Fault } from '../../common/fault.ts';
import { createGather } from '../../common/gather.ts';
import { type OpenedSession, type OpenSessionRequestSchema, SessionService } from '../../gen/wallet/v1/sessions_pb.ts';
import type { Wallet } from '../wallet.ts';

type Wanted = MessageInitShape<typeof OpenSessionRequestSchema>;

/** Rejects with a Fault, as OpenSession alone would have answered, or with the ServiceError of a call that failed. */
export type OpenSession = (wanted: Wanted, deadlineAtMs: number) => Promise<OpenedSession>;

/** Sessions that one call opens, which is what the wallet takes, and that may wait for theirs. A call costs more than two milliseconds matter. */
const GATHER = { batchMax: 200, queueMax: 2_000, lingerMs: 2 };

/** Opens sessions at the wallet; those that come while a call is under way share the next one. Each has a token, so that a call may be repeated. */
export function createOpenSession(wallet: Wallet): OpenSession {
  return createGather<Wanted, OpenedSession>(async (wanted) => {
    const request = { sessions: [...wanted] };
    const { sessions } = await wallet.call(SessionService.method.openSessions, request, 'launch');
    return sessions.map((opened) => (opened.code === 0 ? opened : new Fault(opened.code, opened.message)));
  }, GATHER);
}
