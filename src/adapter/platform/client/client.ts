import { hash } from 'node:crypto';
import { Counter, type Registry } from 'prom-client';
import type { Logger } from '../../../common/log.ts';
import { createHost, type Host } from '../../outbound/host.ts';
import { createCallMetrics } from '../../outbound/metrics.ts';
import { createObserver } from '../../outbound/observe.ts';
import { RemoteError } from '../../outbound/remote-error.ts';
import { apiUrl, type OperationName, type PlatformClientConfig } from './config.ts';
import { headerValue } from './fields.ts';
import { readJson } from './json.ts';
import { AnswerError, InvalidRequest, type Notes, type Operation, type Question } from './operation.ts';
import { balanceLimits } from './operations/balance-limits.ts';
import { businessReport } from './operations/business-report.ts';
import { ggrLimits } from './operations/ggr-limits.ts';
import { handHistory } from './operations/hand-history.ts';
import { listGames } from './operations/list-games.ts';
import { listLobbies } from './operations/list-lobbies.ts';
import type { CallOptions, PlatformClient, PlatformOperator } from './types.ts';

/** For how long a host is left alone that asks for it; whoever calls is waiting. */
const RETRY_AFTER_MAX_MS = 5_000;
/** Of an answer that is not what the document says. */
const RAW_MAX_CHARS = 4_000;

/** What a call sends, and what must not be seen of it. */
type Asked = Question & { secrets: readonly string[] };

export function createPlatformClient(deps: {
  config: PlatformClientConfig;
  log: Logger;
  registry?: Registry;
}): PlatformClient {
  const { config, log, registry } = deps;
  const hosts = createHosts(config);
  const metrics = createCallMetrics(registry, {
    provider: 'platform',
    api: "PLATFORM's own API",
    isBreakerOpen: hosts.isBreakerOpen,
  });
  const observe = createObserver({ provider: 'platform', log, metrics });
  const countSkipped = skippedCounter(registry);

  const call = <Request, Answer>(
    operation: Operation<Request, Answer>,
    operator: PlatformOperator,
    request: Request,
    { signal }: CallOptions = {},
  ): Promise<Answer> => {
    const { name } = operation;
    const { operatorId } = operator;
    const notes: Notes = { skipped: 0, skippedBecause: [], duplicates: 0 };
    const isDoubtful = () => notes.skipped > 0 || notes.duplicates > 0;
    let attempts = 0;
    const describe = () => ({ operator: operatorId, attempts, ...(isDoubtful() ? notes : {}) });
    return observe({ operation: name, describe, isDoubtful }, async () => {
      const { path, headers, secrets } = ask(operation, operator, request);
      const body = await hosts.of(apiUrl(config, operatorId, name), name).deliver(
        {
          operation: name,
          path,
          form: null,
          headers: { accept: 'application/json', ...headers },
          attempts: config.PLATFORM_ATTEMPTS,
          timeoutMs: config.PLATFORM_TIMEOUT_MS,
          maxBytes: Math.min(operation.maxBytes, config.PLATFORM_ANSWER_MAX_BYTES),
          signal,
          censor: censoring(secrets),
        },
        () => {
          attempts += 1;
        },
      );
      const value = read(operation, body, request, notes, secrets);
      countSkipped(name, notes.skipped);
      return { outcome: 'success', value };
    });
  };

  return {
    listGames: (operator, options) => call(listGames, operator, null, options),
    listLobbies: (operator, options) => call(listLobbies, operator, null, options),
    businessReport: (operator, day, options) => call(businessReport, operator, day, options),
    balanceLimits: (operator, currencies, options) => call(balanceLimits, operator, currencies, options),
    ggrLimits: (operator, options) => call(ggrLimits, operator, null, options),
    handHistory: (operator, hand, options) => call(handHistory, operator, hand, options),
  };
}

type Hosts = { of: (baseUrl: string, operation: OperationName) => Host; isBreakerOpen: () => boolean };

/**
 * One host for each base URL that is configured. Hand histories come from vendors' systems: also where they are asked for at the same URL
 * they have their own, so that a vendor who is away keeps nobody from the lists, reports and limits.
 */
function createHosts(config: PlatformClientConfig): Hosts {
  const hosts = new Map<string, Host>();
  return {
    of: (baseUrl, operation) => {
      const key = operation === 'handHistory' ? `${operation} ${baseUrl}` : baseUrl;
      const known = hosts.get(key);
      if (known !== undefined) return known;
      const host = createHost({
        provider: 'PLATFORM',
        baseUrl,
        baseUrlName: 'PLATFORM_API_URL',
        ratePerSecond: config.PLATFORM_RATE_PER_SECOND,
        concurrency: config.PLATFORM_CONCURRENCY,
        queueMax: config.PLATFORM_QUEUE_MAX,
        breakerFailures: config.PLATFORM_BREAKER_FAILURES,
        breakerOpenMs: config.PLATFORM_BREAKER_OPEN_MS,
        retryAfterMaxMs: RETRY_AFTER_MAX_MS,
      });
      hosts.set(key, host);
      return host;
    },
    isBreakerOpen: () => [...hosts.values()].some((host) => host.isBreakerOpen()),
  };
}

function skippedCounter(registry: Registry | undefined): (operation: OperationName, entries: number) => void {
  if (registry === undefined) return () => {};
  const skipped = new Counter({
    name: 'croupier_platform_skipped_entries_total',
    help: "Entries of PLATFORM's lists that are not what its document says, and were left out",
    labelNames: ['operation'],
    registers: [registry],
  });
  return (operation, entries) => skipped.inc({ operation }, entries);
}

const OPERATOR_ID = headerValue(20);

/** The request with what authorizes it: each operation has a hash of its own. PLATFORM v2.49, Authorization. */
function ask<Request>(
  { name, ask: askOf }: Operation<Request, unknown>,
  { operatorId, secret }: PlatformOperator,
  request: Request,
): Asked {
  const refuse = (message: string) => new RemoteError('invalid_request', name, message);
  if (secret === '') throw refuse('the operator has no secret');
  if (!OPERATOR_ID.safeParse(operatorId).success) throw refuse('operatorId: must have 1 to 20 ASCII characters');
  const authorization = hash('sha1', name + operatorId + secret);
  try {
    const { path, headers } = askOf(request);
    return {
      path,
      headers: { ...headers, 'X-Authorization': authorization, 'X-Operator-Id': operatorId },
      secrets: [authorization, secret],
    };
  } catch (error) {
    throw error instanceof InvalidRequest ? refuse(error.message) : error;
  }
}

/** Throws a RemoteError for whatever is not the answer, however much it looks like one. */
function read<Request, Answer>(
  operation: Operation<Request, Answer>,
  body: Buffer,
  request: Request,
  notes: Notes,
  secrets: readonly string[],
): Answer {
  try {
    return operation.read(parse(body), request, notes);
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    const message = `the answer is not what the document says: ${error.message}`;
    throw new RemoteError(
      'malformed',
      operation.name,
      message,
      operation.isPrivate ? {} : { raw: censoring(secrets)(body) },
    );
  }
}

/** Far more than a catalogue has. Of empty objects, 32 MB take gigabytes and minutes to be read. */
const MAX_COMMAS = 2_000_000;
const COMMA = 0x2c;

function parse(body: Buffer): unknown {
  if (commasIn(body) > MAX_COMMAS) throw new AnswerError('it has too many values');
  // What is not UTF-8 becomes U+FFFD, which no id may have: one broken title is no reason to lose a list.
  const text = new TextDecoder('utf-8').decode(body).trim();
  if (text === '') throw new AnswerError('it is empty');
  if (text.startsWith('<')) throw new AnswerError('it is a page');
  try {
    return readJson(text);
  } catch {
    throw new AnswerError('it is not JSON');
  }
}

function commasIn(body: Buffer): number {
  let commas = 0;
  for (let at = 0; at < body.length; at += 1) if (body[at] === COMMA) commas += 1;
  return commas;
}

const censoring =
  (secrets: readonly string[]) =>
  (body: Buffer): string =>
    secrets
      .reduce((text, secret) => text.replaceAll(secret, '[redacted]'), body.toString('utf8'))
      .slice(0, RAW_MAX_CHARS);
