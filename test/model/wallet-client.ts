import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Client, type ClientDuplexStream, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { decoder, encoder, methodPath, openBidi } from '../../src/common/grpc.ts';
import {
  MoneyService,
  type OperationFrame,
  OperationFrameSchema,
  type OperationSchema,
  type Outcome,
  type OutcomeFrame,
  Reason,
  type VerifyFinding,
  VerifyRequestSchema,
  type VerifyResponse,
  VerifyResponseSchema,
  type VerifySummary,
} from '../../src/gen/wallet/v1/money_pb.ts';

/** A request as the stream takes it; its id is the client's. */
export type OperationInit = Omit<MessageInitShape<typeof OperationSchema>, 'id' | '$typeName'>;

/** An outcome, or what is known where none came: nothing for certain. */
export type Reply = Pick<Outcome, 'reason' | 'replayed' | 'balanceUnits' | 'currencyCode' | 'transactionStatus'> &
  Partial<Pick<Outcome, 'identity' | 'message'>>;

const UNKNOWN_REPLY: Reply = {
  reason: Reason.OUTCOME_UNKNOWN,
  replayed: false,
  balanceUnits: 0n,
  currencyCode: '',
  transactionStatus: 0,
  message: 'the stream broke',
};

/** Long enough that no test waits for it; the crash tests set their own. */
export const PATIENT_MS = 60_000;

/**
 * A plain client of one wallet process, as another team would write it: one Operate stream beside unary calls. It never
 * asks again by itself: what to do about a fault is what the tests are about.
 */
export class WalletClient {
  readonly grpc: Client;
  private readonly pending = new Map<number, (reply: Reply) => void>();
  private stream: ClientDuplexStream<OperationFrame, OutcomeFrame> | null = null;
  private lastId = 0;

  constructor(port: number) {
    this.grpc = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      // A wallet that comes back after a kill is met at once, not after grpc-js's usual minutes of backoff.
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 200,
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  operate(operation: OperationInit): Promise<Reply> {
    const [reply] = this.operateFrame([operation]);
    return reply ?? Promise.resolve(UNKNOWN_REPLY);
  }

  /** All operations in one frame; each promise resolves when its own outcome is there, and never rejects. */
  operateFrame(operations: readonly OperationInit[]): Promise<Reply>[] {
    const numbered = operations.map((operation) => ({ deadlineMs: PATIENT_MS, ...operation, id: this.nextId() }));
    const replies = numbered.map(({ id }) => new Promise<Reply>((resolve) => this.pending.set(id, resolve)));
    this.openStream().write(create(OperationFrameSchema, { operations: numbered }));
    return replies;
  }

  /** Streams the findings of Verify and its summary. */
  verify(): Promise<{ findings: VerifyFinding[]; summary: VerifySummary }> {
    return new Promise((resolve, reject) => {
      const findings: VerifyFinding[] = [];
      let summary: VerifySummary | null = null;
      this.grpc
        .makeServerStreamRequest(
          methodPath(MoneyService.method.verify),
          encoder(VerifyRequestSchema),
          decoder(VerifyResponseSchema),
          create(VerifyRequestSchema),
          new Metadata(),
          { deadline: Date.now() + PATIENT_MS },
        )
        .on('data', ({ event }: VerifyResponse) => {
          if (event.case === 'finding') findings.push(event.value);
          if (event.case === 'summary') summary = event.value;
        })
        .on('error', reject)
        .on('end', () => {
          if (summary === null) reject(new Error('Verify ended without a summary'));
          else resolve({ findings, summary });
        });
    });
  }

  close(): void {
    this.stream?.cancel();
    this.grpc.close();
  }

  private nextId(): number {
    this.lastId = (this.lastId + 1) % 0xffff_ffff;
    return this.lastId;
  }

  private openStream(): ClientDuplexStream<OperationFrame, OutcomeFrame> {
    if (this.stream !== null) return this.stream;
    const stream = openBidi(this.grpc, MoneyService.method.operate, new Metadata());
    this.stream = stream;
    const broken = (): void => {
      if (this.stream !== stream) return;
      this.stream = null;
      const waiting = [...this.pending.values()];
      this.pending.clear();
      for (const resolve of waiting) resolve(UNKNOWN_REPLY);
    };
    stream.on('data', (frame: OutcomeFrame) => {
      for (const outcome of frame.outcomes) this.settle(outcome);
    });
    stream.on('error', broken);
    stream.on('end', broken);
    return stream;
  }

  private settle(outcome: Outcome): void {
    const resolve = this.pending.get(outcome.id);
    if (resolve === undefined) throw new Error(`an outcome with id ${outcome.id}, which nobody waits for`);
    this.pending.delete(outcome.id);
    resolve(outcome);
  }
}

/** A unary money call's outcome; a gRPC status becomes the reason that the stream has for it (money.proto, Reason). */
export async function asReply(call: Promise<Outcome>): Promise<Reply> {
  try {
    return await call;
  } catch (error) {
    const reason = isServiceError(error) ? FAULTS[error.code] : undefined;
    if (reason === undefined) throw error;
    return { ...UNKNOWN_REPLY, reason, message: String(error) };
  }
}

const FAULTS: Partial<Record<status, Reason>> = {
  [status.INVALID_ARGUMENT]: Reason.INVALID_ARGUMENT,
  [status.DEADLINE_EXCEEDED]: Reason.DEADLINE_PASSED,
  [status.RESOURCE_EXHAUSTED]: Reason.OVERLOADED,
  [status.UNAVAILABLE]: Reason.UNAVAILABLE,
  [status.UNKNOWN]: Reason.OUTCOME_UNKNOWN,
};

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'metadata' in error;
}
