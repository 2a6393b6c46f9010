import express, { Router } from 'express';
import { z } from 'zod';
import { faultRoutes, taking } from '../control.ts';
import { ANSWER_FORMS, type AnswerForm } from './answer-forms.ts';
import { type Faults, faultSchema } from './faults.ts';
import type { GameRecord } from './game-logs.ts';
import { gameName } from './games.ts';
import type { Play, Round } from './play.ts';
import type { Hall, State, Terminal } from './state.ts';
import { wallText } from './times.ts';

export type ControlDeps = {
  state: State;
  faults: Faults;
  play: Play;
  setAnswerForm: (form: AnswerForm) => void;
};

const LISTED_MAX = 1_000;
const RECORDS_SHOWN = 100;

const id = z.string().regex(/^\d{1,20}$/, 'must be digits');
const units = z
  .string()
  .regex(/^\d{1,18}$/, 'must be units of 1/100, as digits')
  .transform(BigInt);
const text = z.string().min(1).max(255);
const zone = z.string().refine((name) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== null;
  } catch {
    return false;
  }
}, 'must be a time zone');

const hallBody = z.strictObject({
  hallId: id,
  agentId: id,
  name: text,
  secret: text,
  zone: zone.default('UTC'),
  balanceUnits: units.default(0n),
  mode: z.enum(['seamless', 'transfer']).default('transfer'),
  notifyUrl: z.url().nullable().default(null),
});

const terminalBody = z.strictObject({
  hallId: id,
  uid: id,
  password: text,
  name: text.default('terminal'),
  balanceUnits: units.default(0n),
});

const playBody = z.strictObject({
  uid: id,
  rounds: z.number().int().min(1).max(10_000).default(1),
  betUnits: units.default(10n),
  gameId: z.number().int().min(1).max(1_000_000).default(206),
  lines: z.number().int().min(0).max(100).default(1),
});

const balanceBody = z.strictObject({ balanceUnits: units });
const answerFormBody = z.strictObject({ answerForm: z.enum(ANSWER_FORMS) });

/**
 * What a test or a developer tells the simulator, in JSON; amounts are digits in a string, in units of 1/100. 400 names the field, 404 what
 * doesn't exist, 409 what exists already. Secrets and passwords go in and never out.
 */
export function createControl({ state, faults, play, setAnswerForm }: ControlDeps): Router {
  const router = Router();
  // Only JSON is read: a page of some other origin can't send that without being asked first.
  router.use(express.json({ limit: '64kb' }));

  router.get('/state', (_request, response) => void response.json(describeState(state)));

  router.use('/faults', faultRoutes(faults, faultSchema));

  router.post(
    '/halls',
    taking(hallBody, (hall, response) => {
      if (state.halls.has(hall.hallId)) return void response.status(409).json({ error: 'the hall exists' });
      if (!state.agents.has(hall.agentId)) return void response.status(404).json({ error: 'no such agent' });
      return void response.status(201).json(describeHall(state.addHall(hall)));
    }),
  );

  router.post(
    '/terminals',
    taking(terminalBody, ({ hallId, ...terminal }, response) => {
      const hall = state.halls.get(hallId);
      if (state.terminals.has(terminal.uid)) return void response.status(409).json({ error: 'the terminal exists' });
      if (hall === undefined) return void response.status(404).json({ error: 'no such hall' });
      return void response.status(201).json(describeTerminal(state.addTerminal({ hall, ...terminal })));
    }),
  );
  router.get('/terminals/:uid', (request, response) => {
    const terminal = state.terminals.get(request.params.uid);
    if (terminal === undefined) return void response.status(404).json({ error: 'no such terminal' });
    const records = terminal.logs.between(0, 0xffff_ffff).slice(-RECORDS_SHOWN).map(describeRecord);
    return void response.json({ ...describeTerminal(terminal), records });
  });
  router.put(
    '/terminals/:uid/balance',
    taking(balanceBody, ({ balanceUnits }, response, request) => {
      const terminal = state.terminals.get(request.params.uid ?? '');
      if (terminal === undefined) return void response.status(404).json({ error: 'no such terminal' });
      terminal.balanceUnits = balanceUnits;
      return void response.json(describeTerminal(terminal));
    }),
  );

  router.post(
    '/play',
    taking(playBody, async ({ uid, rounds, ...spin }, response) => {
      const terminal = state.terminals.get(uid);
      if (terminal === undefined) return void response.status(404).json({ error: 'no such terminal' });
      const played: Round[] = [];
      for (let round = 0; round < rounds; round++) played.push(await play.playRound(terminal, spin));
      return void response.json(describeRounds(played));
    }),
  );

  router.put(
    '/answer-form',
    taking(answerFormBody, ({ answerForm }, response) => {
      setAnswerForm(answerForm);
      response.status(204).end();
    }),
  );

  return router;
}

function describeState(state: State): object {
  const terminals = [...state.terminals.values()];
  return {
    agents: [...state.agents.values()].map(({ agentId, name, balanceUnits }) => ({
      agentId,
      name,
      balanceUnits: String(balanceUnits),
    })),
    halls: [...state.halls.values()].slice(0, LISTED_MAX).map(describeHall),
    terminalsCount: terminals.length,
    terminals: terminals.slice(0, LISTED_MAX).map(describeTerminal),
  };
}

/** Not its notify URL: its path is the casino's secret. */
const describeHall = ({
  hallId,
  agentId,
  name,
  zone,
  balanceUnits,
  mode,
  jackpotUnits,
  messages,
  terminals,
}: Hall) => ({
  hallId,
  agentId,
  name,
  zone,
  mode,
  balanceUnits: String(balanceUnits),
  jackpotUnits: String(jackpotUnits),
  messages: messages.size,
  terminals: terminals.length,
});

const describeTerminal = ({ uid, hall, name, balanceUnits, cashUnits, session, logs }: Terminal) => ({
  uid,
  hallId: hall.hallId,
  name,
  balanceUnits: String(balanceUnits),
  cashUnits: cashUnits === null ? null : String(cashUnits),
  hasSession: session !== null,
  records: logs.length,
});

const describeRecord = (record: GameRecord): object => ({
  dataId: String(record.dataId),
  gameId: record.gameId,
  gameName: gameName(record.gameId),
  date: wallText(record.wallSeconds),
  betUnits: String(record.betUnits),
  winUnits: String(record.winUnits),
  lines: record.lines,
  balanceUnits: String(record.balanceUnits),
});

function describeRounds(rounds: readonly Round[]): object {
  const count = (status: Round['status']): number => rounds.filter((round) => round.status === status).length;
  const records = rounds.flatMap((round) => (round.status === 'played' ? [round.record] : []));
  return {
    played: count('played'),
    fail: count('fail'),
    lost: count('lost'),
    skipped: count('skipped'),
    records: records.slice(-RECORDS_SHOWN).map(describeRecord),
  };
}
