import type { ServerResponse } from 'node:http';
import type { Logger } from '../../common/log.ts';
import { reasonText } from '../../common/reason-names.ts';
import { type Operation, type Outcome, Reason } from '../../gen/wallet/v1/money_pb.ts';
import type { Metrics } from '../metrics.ts';
import { blankOperation } from '../operation.ts';
import type { Asker, WalletStream } from '../wallet-stream.ts';
import type { Command } from './commands/command.ts';
import { type Envelope, parseEnvelope, renderAnswer } from './envelope.ts';
import { type Fields, isObject } from './fields.ts';
import { errorData, type OpCode, opCode } from './op-codes.ts';
import type { Operator } from './operators.ts';
import type { Status } from './signatures.ts';

export type ExchangeDeps = {
  wallet: WalletStream;
  metrics: Metrics;
  log: Logger;
  /** For the one line of each request. */
  outcomeLog: Logger;
  deadlineMs: number;
  newRequestId: () => string;
  /** Whether the process is stopping: an answer then ends its connection. */
  isDraining: () => boolean;
};

type Refusal = { code: OpCode; detail?: string };

const REQUEST_ID = /^[!-~]{1,64}$/;
const CONTENT_TYPE = 'application/json; charset=utf-8';

/** One signed request, from its body to its answer. One object a request, and no closures: this is the hot path. */
export class Exchange implements Asker {
  readonly #deps: ExchangeDeps;
  readonly #response: ServerResponse;
  readonly #operator: Operator;
  readonly #commandName: string;
  /** Undefined for a command that PLATFORM does not have. */
  readonly #command: Command | undefined;
  readonly #startedAtMs: number;
  #requestId: string;
  #envelope: Envelope | null = null;
  #operation: Operation | null = null;
  /** Why the wallet refused, for the log: several reasons share a code. */
  #reason: string | undefined;

  constructor(deps: ExchangeDeps, response: ServerResponse, operator: Operator, opening: Opening) {
    this.#deps = deps;
    this.#response = response;
    this.#operator = operator;
    this.#commandName = opening.commandName;
    this.#command = opening.command;
    this.#startedAtMs = opening.startedAtMs;
    this.#requestId = opening.requestId ?? '';
  }

  /** Takes the body; a fault of ours is answered too. */
  start(body: Buffer): void {
    try {
      const refusal = this.#prepare(body);
      if (refusal !== null) this.#refuse(refusal);
      else if (this.#operation !== null) {
        this.#deps.wallet.ask(this.#operation, this.#startedAtMs + this.#deps.deadlineMs, this);
      }
    } catch (error) {
      this.#fault(error);
    }
  }

  /** Takes the wallet's outcome. */
  settle(outcome: Outcome): void {
    try {
      this.#settle(outcome);
    } catch (error) {
      this.#fault(error);
    }
  }

  #refuse({ code, detail }: Refusal): void {
    this.#reason = detail;
    this.#answer('ERROR', code, errorData(code, detail), false);
  }

  /** From the body to the operation; the first check that fails decides. */
  #prepare(body: Buffer): Refusal | null {
    const envelope = parseEnvelope(body);
    this.#envelope = envelope;
    if (envelope === null) return { code: 'OP_50', detail: 'the body must be a JSON object' };
    if (!this.#isSigned(envelope)) return { code: 'OP_20' };
    if (this.#command === undefined) return { code: 'OP_50', detail: 'unknown command' };
    const problem = envelope.problem ?? this.#read(this.#command, envelope.fields);
    return problem === null ? null : { code: this.#command.malformed, detail: problem };
  }

  #isSigned(envelope: Envelope): boolean {
    const { command, requestTimestamp, hash } = envelope;
    return (
      typeof requestTimestamp === 'string' &&
      this.#operator.signer.verifies(this.#commandName, requestTimestamp, hash) &&
      command === this.#commandName
    );
  }

  /** Fills the operation; gives what is malformed. */
  #read(command: Command, fields: Fields | null): string | null {
    if (fields === null) return 'data must be an object';
    const operation = blankOperation(this.#operator.operatorId, 'platform');
    command.read(fields, operation);
    if (fields.problem !== null) return fields.problem;
    if (this.#requestId === '') this.#requestId = idInContext(fields) ?? this.#deps.newRequestId();
    operation.requestId = this.#requestId;
    this.#operation = operation;
    return null;
  }

  #settle(outcome: Outcome): void {
    const command = this.#command;
    const fields = this.#envelope?.fields;
    if (command === undefined || !fields) throw new Error('an outcome without an operation');
    if (outcome.reason === Reason.UNSPECIFIED) {
      this.#answer('OK', 'OK', command.answer(outcome, fields), outcome.replayed);
      return;
    }
    this.#reason = reasonText(outcome.reason);
    const code = opCode(outcome.reason, command.codes, command.malformed);
    const detail = outcome.reason === Reason.INVALID_ARGUMENT ? outcome.message : undefined;
    this.#answer('ERROR', code, errorData(code, detail), outcome.replayed);
  }

  #fault(error: unknown): void {
    this.#deps.log.error({ err: error, command: this.#commandName, requestId: this.#requestId }, 'request failed');
    if (!this.#response.headersSent) this.#answer('ERROR', 'OP_50', errorData('OP_50'), false);
  }

  #answer(status: Status, outcome: 'OK' | OpCode, data: string, replayed: boolean): void {
    const echo = this.#envelope?.echo ?? 'null';
    const body = renderAnswer(this.#operator.signer, status, Date.now(), echo, data);
    const headers = ['Content-Type', CONTENT_TYPE, 'Content-Length', String(Buffer.byteLength(body))];
    if (this.#deps.isDraining()) headers.push('Connection', 'close');
    this.#response.writeHead(200, headers);
    this.#response.end(body);
    this.#record(outcome, replayed);
  }

  #record(outcome: 'OK' | OpCode, replayed: boolean): void {
    const durationMs = performance.now() - this.#startedAtMs;
    const command = this.#command === undefined ? 'unknown' : this.#commandName;
    this.#deps.metrics.observe('platform', command, outcome, durationMs);
    const line = {
      operator: this.#operator.operatorId,
      player: this.#operation?.userId,
      provider: 'platform',
      command,
      transaction: this.#operation?.transactionId,
      round: this.#operation?.roundId,
      outcome,
      reason: this.#reason,
      replayed,
      durationMs: Math.round(durationMs * 100) / 100,
      requestId: this.#requestId,
    };
    if (outcome === 'OP_47' || outcome === 'OP_50') this.#deps.outcomeLog.warn(line);
    else this.#deps.outcomeLog.info(line);
  }
}

/** What is known of a request before its body. */
export type Opening = {
  commandName: string;
  command: Command | undefined;
  requestId: string | undefined;
  /** By `performance.now()`. */
  startedAtMs: number;
};

/** The platform's own id of a request, where it sends a usable one. */
export function readRequestId(value: unknown): string | undefined {
  return typeof value === 'string' && REQUEST_ID.test(value) ? value : undefined;
}

/** The platform repeats its X-Req-Id in the context. */
function idInContext(fields: Fields): string | undefined {
  const context = fields.value('context');
  return isObject(context) ? readRequestId(context.urid) : undefined;
}
