import { randomInt } from 'node:crypto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import {
  buildLaunchUrl,
  type LaunchParameters,
  languageTag,
  launchHost,
  openAs,
} from '../../adapter/platform/launch-url.ts';
import { Fault, failedPrecondition, notFound } from '../../common/fault.ts';
import type { LaunchPlatformRequest, LaunchPlatformResponseSchema } from '../../gen/jobs/v1/platform_pb.ts';
import type { OpenedSession } from '../../gen/wallet/v1/sessions_pb.ts';
import { type Stop, StopScope, StopService } from '../../gen/wallet/v1/stops_pb.ts';
import { callerFault } from '../stargame/faults.ts';
import type { Catalogue, KnownGame } from './catalogue/catalogue.ts';
import type { PlatformDeps } from './deps.ts';
import { createKept } from './kept.ts';
import { createOpenSession } from './open-session.ts';

type Answer = MessageInitShape<typeof LaunchPlatformResponseSchema>;

/** Throws a Fault. */
export type PlatformLaunch = (
  request: LaunchPlatformRequest,
  call: { requestId: string; deadlineAtMs: number },
) => Promise<Answer>;

/** Where a game or lobby is: its vendor as the caller says, else as the catalogue does; a stop of either is one of the game. */
type Place = { game: KnownGame | null; vendor: string; vendors: readonly string[] };

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const TOKEN_LENGTH = 32;
/** PLATFORM takes no other as `group`. */
const GROUP = /^[A-Za-z0-9]{1,14}$/;
const TTL_MAX_SECONDS = 31_536_000;
const IDLE_MIN_SECONDS = 60;
const IDLE_MAX_SECONDS = 86_400;
const VENDOR_LENGTH = 64;
const USER_ID = /^[^|\p{Cc}]{1,70}$/u;
/** A launch may be as much late to see a stop; a bet isn't: the wallet sees it with the next transaction. */
const STOPS_FRESH_MS = 500;
const STOPS_STALE_MS = 1_000;
/** Stands for what is not known while only the rules are checked. */
const ANY_HOST = 'https://host.invalid';
const ANY_TOKEN = 'A'.repeat(TOKEN_LENGTH);

/**
 * PLATFORM v2.49, Game and lobby launch. First the request is held against the document's rules, then it is found out whether play is
 * allowed, and only then is a session opened. Should this process die after that, nobody knows the token, and the session expires.
 */
export function createPlatformLaunch(deps: PlatformDeps & { catalogue: Catalogue }): PlatformLaunch {
  const { wallet, operators, catalogue, config, log, now } = deps;
  const stops = createKept({
    read: async () => (await wallet.call(StopService.method.listStops, {}, 'launch')).stops,
    freshMs: STOPS_FRESH_MS,
    staleMs: STOPS_STALE_MS,
    now,
  });

  const openSession = createOpenSession(wallet);
  // Redaction looks through every line for 30 us; the fields of this one are a closed set without secrets.
  const launched = log.child({}, { redact: [] });

  const launchReal = async (request: LaunchPlatformRequest, deadlineAtMs: number): Promise<Answer> => {
    const { operatorId, userId, gameId, lobbyId } = request;
    const place = await placeOf(request);
    await refuseUnplayable(request, place);
    const host = hostOf(place);
    const token = newToken();
    const wanted = {
      ...{ operatorId, userId, gameId, lobbyId, token },
      ttlSeconds: request.ttlSeconds || config.PLATFORM_LAUNCH_TTL_SECONDS,
      idleTimeoutSeconds: request.idleTimeoutSeconds || config.PLATFORM_LAUNCH_IDLE_SECONDS,
    };
    const opened = await openSession(wanted, deadlineAtMs);
    // The request has been checked, and of the player nothing goes in that isn't as the document wants it.
    const url = built(host, realParameters(request, launchedPlayer(opened), token));
    return { url, token, expiresAtMs: opened.session?.expiresAtMs ?? 0n, openAs: openAsOf(request, place) };
  };

  const launchFun = async (request: LaunchPlatformRequest): Promise<Answer> => {
    const [operator, place] = await Promise.all([operators.find(request.operatorId), placeOf(request)]);
    if (operator === null) throw notFound('operator');
    await refuseUnplayable(request, place);
    if (place.game?.funMode === false) throw failedPrecondition('the game has no fun mode');
    return { url: built(hostOf(place), funParameters(request)), openAs: openAsOf(request, place) };
  };

  /** What no list has may be launched, too: games of promotions are in none, and stay so. */
  const placeOf = async ({ operatorId, gameId, lobbyId, vendor }: LaunchPlatformRequest): Promise<Place> => {
    if (gameId !== '') {
      const game = await catalogue.game(operatorId, gameId);
      return placeAt(game, vendor, game?.vendor ?? '');
    }
    const lobby = await catalogue.lobby(operatorId, lobbyId);
    return placeAt(null, vendor, lobby?.vendor ?? '');
  };

  const refuseUnplayable = async (request: LaunchPlatformRequest, { game, vendors }: Place): Promise<void> => {
    const { operatorId, gameId } = request;
    if ((await stops.get()).some((stop) => covers(stop, { operatorId, gameId, vendors }))) {
      throw failedPrecondition('play is stopped');
    }
    if (game?.enabled === false) throw failedPrecondition('the game is disabled');
  };

  const hostOf = ({ vendor }: Place): string => {
    const host = launchHost(config, vendor);
    if (host === undefined) {
      throw failedPrecondition('no launch host: set GAME_LAUNCH_HOST to the one that PLATFORM gave you');
    }
    return host;
  };

  const openAsOf = ({ device, lobbyId }: LaunchPlatformRequest, { game, vendor }: Place): string =>
    openAs({ device, platform: game?.platform ?? '', lobbyId, vendor, newTabLobbies: config.PLATFORM_NEW_TAB_LOBBIES });

  return async (request, { requestId, deadlineAtMs }) => {
    const { operatorId, userId, gameId, lobbyId, mode } = request;
    const line = { operatorId, userId, gameId, lobbyId, mode, requestId };
    try {
      refuseMistakes(request);
      const answer = await (mode === 'fun' ? launchFun(request) : launchReal(request, deadlineAtMs));
      launched.info({ ...line, openAs: answer.openAs }, 'launched');
      return answer;
    } catch (error) {
      const fault = callerFault(error);
      const known = fault instanceof Fault ? { code: status[fault.code], reason: fault.message } : {};
      log.info({ ...line, ...known }, 'not launched');
      throw fault;
    }
  };
}

/** Throws INVALID_ARGUMENT with all that breaks a rule. */
function refuseMistakes(request: LaunchPlatformRequest): void {
  const mistakes = [...parameterMistakes(request), ...ownMistakes(request)];
  if (mistakes.length > 0) throw new Fault(status.INVALID_ARGUMENT, [...new Set(mistakes)].join('; '));
}

/** The document's. */
function parameterMistakes(request: LaunchPlatformRequest): string[] {
  if (request.mode !== 'real' && request.mode !== 'fun') return ['mode: must be real or fun'];
  const parameters = request.mode === 'fun' ? funParameters(request) : realParameters(request, ANYBODY, ANY_TOKEN);
  const result = buildLaunchUrl(ANY_HOST, parameters);
  return 'mistakes' in result ? result.mistakes : [];
}

/** Of what is no parameter of a launch URL, or not only. */
function ownMistakes(request: LaunchPlatformRequest): string[] {
  const { mode, userId, currencyCode, ttlSeconds, idleTimeoutSeconds: idle, vendor } = request;
  const isFun = mode === 'fun';
  const isUser = userId.trim() === userId && USER_ID.test(userId);
  const rules: [broken: boolean, mistake: string][] = [
    // The builder looks at this only where nothing else is wrong.
    [!isFun && (request.gameId === '') === (request.lobbyId === ''), 'game_id: give either game_id or lobby_id'],
    [isFun && userId !== '', 'user_id: real mode only'],
    [!isFun && !isUser, 'user_id: must have 1 to 70 characters, without | and without space around it'],
    [!isFun && currencyCode !== '', "currency_code: fun mode only; in real mode it is the player's"],
    [ttlSeconds > TTL_MAX_SECONDS, `ttl_seconds: must be 1 to ${TTL_MAX_SECONDS}`],
    [
      idle !== 0 && (idle < IDLE_MIN_SECONDS || idle > IDLE_MAX_SECONDS),
      `idle_timeout_seconds: must be ${IDLE_MIN_SECONDS} to ${IDLE_MAX_SECONDS}`,
    ],
    [vendor.length > VENDOR_LENGTH, `vendor: must have at most ${VENDOR_LENGTH} characters`],
  ];
  return rules.filter(([broken]) => broken).map(([, mistake]) => mistake);
}

/** What a launch URL says of a player, as it says it. */
type LaunchedPlayer = { currency: string; language: string; group: string };

const ANYBODY: LaunchedPlayer = { currency: 'EUR', language: 'en', group: '' };

const launchedPlayer = ({ currencyCode, language, group }: OpenedSession): LaunchedPlayer => ({
  currency: currencyCode,
  language: languageTag(language),
  group: GROUP.test(group) ? group : '',
});

/** Types are the builder's to check: what a request says is text. */
function realParameters(request: LaunchPlatformRequest, player: LaunchedPlayer, token: string): LaunchParameters {
  return {
    ...shared(request),
    mode: request.mode as 'real',
    ...given('game_id', request.gameId),
    ...given('lobby_id', request.lobbyId),
    token,
    currency: player.currency,
    language: request.language || player.language,
    ...given('deposit_url', request.depositUrl),
    ...given('group', request.group || player.group),
    ...given('clientName', request.clientName),
  };
}

/** What only real mode has goes in as well: the builder says that it doesn't belong there. */
function funParameters(request: LaunchPlatformRequest): LaunchParameters {
  return {
    ...shared(request),
    mode: 'fun',
    game_id: request.gameId,
    ...given('lobby_id', request.lobbyId),
    ...given('currency', request.currencyCode),
    ...given('language', request.language),
    ...given('deposit_url', request.depositUrl),
    ...given('group', request.group),
    ...given('clientName', request.clientName),
  };
}

const shared = (request: LaunchPlatformRequest) => ({
  operator_id: request.operatorId,
  ...given('home_url', request.homeUrl),
  ...given('device', request.device as 'desktop'),
});

/** An empty string of a request is an absent parameter. */
const given = <K extends string, V extends string>(name: K, value: V): { [P in K]?: V } =>
  (value === '' ? {} : { [name]: value }) as { [P in K]?: V };

const placeAt = (game: KnownGame | null, asked: string, known: string): Place => ({
  game,
  vendor: asked || known,
  vendors: [asked, known].filter((vendor) => vendor !== ''),
});

function built(host: string, parameters: LaunchParameters): string {
  const result = buildLaunchUrl(host, parameters);
  // The request was checked: what is wrong now is the player's own.
  if ('mistakes' in result) throw failedPrecondition(`the player can't be launched: ${result.mistakes.join('; ')}`);
  return result.url;
}

function covers(
  { scope, scopeId }: Stop,
  { operatorId, gameId, vendors }: { operatorId: string; gameId: string; vendors: readonly string[] },
): boolean {
  switch (scope) {
    case StopScope.ALL:
      return true;
    case StopScope.OPERATOR:
      return scopeId === operatorId;
    case StopScope.VENDOR:
      return vendors.includes(scopeId);
    case StopScope.GAME:
      return gameId !== '' && scopeId === `platform:${gameId}`;
    default:
      return false;
  }
}

const newToken = (): string =>
  Array.from({ length: TOKEN_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
