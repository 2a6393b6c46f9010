import {
  authenticate,
  balance,
  bet,
  type Case,
  cancel,
  finishround,
  object,
  PLAYER,
  type Step,
  status,
  TOKEN,
  win,
} from '../case.ts';

type Field = { field: string; bad: string[] };

const longText = (length: number): string => JSON.stringify('x'.repeat(length));
const notText = ['null', '7', 'true', '[]', '{}'];
const badText = (max: number): string[] => [...notText, '""', '"a|b"', '"a\\u0000b"', '"\\ud800"', longText(max + 1)];
const badToken = [...notText.slice(1), '"a|b"', '"a\\u0000"', longText(51)];
const badId = (digits: number): string[] => [
  'null',
  'true',
  '[]',
  '{}',
  '-1',
  '1.0',
  '1e3',
  '""',
  '"1|2"',
  '"x"',
  '" 1"',
  '9'.repeat(digits + 1),
  `"${'9'.repeat(digits + 1)}"`,
];

const user: Field = { field: 'user_id', bad: [...badText(70).filter((raw) => raw !== '7'), '-1', '1.5', '1e2'] };
const transactionId: Field = { field: 'transaction_id', bad: badId(20) };
const roundId: Field = { field: 'round_id', bad: badId(20) };
const gameId: Field = { field: 'game_id', bad: badId(6) };
const roundFinished: Field = { field: 'round_finished', bad: ['0', '1', '"true"', '""', '[]', '{}'] };
const currency: Field = { field: 'currency_code', bad: [...badText(4), '"€"', '"E R"'] };
const token: Field = { field: 'token', bad: badToken };
const type: Field = { field: 'transaction_type', bad: [...badText(20), '"bet"', '"DEPOSIT"', '"__proto__"'] };
const amount: Field = {
  field: 'amount',
  bad: [
    'null',
    'true',
    '[]',
    '{}',
    '-1',
    '-0.01',
    '-0',
    '0.001',
    '17.255',
    '1e-3',
    '10000000000000000',
    '1e16',
    '1e400',
    '""',
    '"a"',
    '"-1"',
    '"1,5"',
    '"1|2"',
    '" 1"',
  ],
};
const timestamp: Field = {
  field: 'transaction_timestamp',
  bad: [...badText(19), '"2020-12-01"', '"2020-12-01T13:44:54"'],
};
const context: Field = {
  field: 'context',
  bad: ['null', '7', '"x"', '[]', '{"reason":7}', '{"reason":"a|b"}', `{"reason":${longText(33)}}`],
};

type Command = {
  command: string;
  code: string;
  data: (overrides: Record<string, string | undefined>) => string;
  fields: Field[];
};

const commands: Command[] = [
  { command: 'authenticate', code: 'OP_50', data: authenticate, fields: [{ ...token, bad: ['null', ...badToken] }] },
  {
    command: 'balance',
    code: 'OP_50',
    data: balance,
    fields: [{ ...token, bad: ['null', ...badToken] }, user, currency],
  },
  {
    command: 'changebalance',
    code: 'OP_49',
    data: bet,
    fields: [token, user, type, transactionId, roundId, roundFinished, gameId, currency, amount, timestamp, context],
  },
  {
    command: 'status',
    code: 'OP_50',
    data: status,
    fields: [
      user,
      transactionId,
      type,
      { field: 'transaction_date', bad: badText(10) },
      { field: 'transaction_ts', bad: badText(13) },
      roundId,
    ],
  },
  { command: 'cancel', code: 'OP_49', data: cancel, fields: [user, transactionId, roundId, roundFinished, gameId] },
  {
    command: 'finishround',
    code: 'OP_49',
    data: finishround,
    fields: [roundId, user, gameId, { field: 'round_date', bad: badText(10) }, { field: 'round_ts', bad: badText(13) }],
  },
];

/** Absent, and each of the bad values. */
function stepsOf({ command, code, data }: Command, { field, bad }: Field): Step[] {
  return [undefined, ...bad].map((raw) => ({
    send: command,
    data: data({ [field]: raw }),
    error: code,
    message: `${field}`,
  }));
}

const untouched = { balances: { 611: '100.00' }, rows: { 611: 0 } };

export const malformed: Case[] = [
  ...commands.flatMap((command) =>
    command.fields.map((field) => ({
      name: `${command.command}: ${field.field} absent or malformed`,
      source: `PLATFORM v2.49, ${command.command}: request data parameters; what we settled, 1: the envelope`,
      given: PLAYER,
      steps: stepsOf(command, field),
      after: untouched,
    })),
  ),
  ...commands.map(({ command, code, data }) => ({
    name: `${command}: data absent, or no object`,
    source: 'PLATFORM v2.49, Request',
    given: PLAYER,
    steps: [
      ...['null', '[]', '7', '"text"', 'true'].map((text) => ({
        send: command,
        data: text,
        error: code,
        message: 'data',
      })),
      {
        post: command,
        body: `{"command":"${command}","request_timestamp":"2020-12-01 13:44:54","hash":"{hash}"}`,
        error: code,
        message: 'data',
      },
      {
        post: command,
        body: `{"command":"${command}","request_timestamp":"2020-12-01 13:44:54","hash":"{hash}","__proto__":{"data":${data({})}}}`,
        echo: `{"command":"${command}","request_timestamp":"2020-12-01 13:44:54","hash":"{hash}"}`,
        error: code,
        message: 'data',
      },
    ],
    after: untouched,
  })),
  ...commands.map(({ command, code, data }) => ({
    name: `${command}: a member that occurs twice`,
    source: 'what we settled, 1: the envelope: a field that can be read in two ways is malformed',
    given: PLAYER,
    steps: [
      {
        send: command,
        data: data({}).replace(/^\{("[a-z_]+":[^,}]+)/, '{$1,$1'),
        error: code,
        message: 'occurs twice',
      },
      { send: command, data: data({}).replace('{', '{"x":1,"\\u0078":2,'), error: code, message: 'x occurs twice' },
      {
        post: command,
        body: `{"command":"${command}","request_timestamp":"2020-12-01 13:44:54","hash":"{hash}","data":{},"data":${data({})}}`,
        echo: `{"command":"${command}","request_timestamp":"2020-12-01 13:44:54","hash":"{hash}","data":${data({})}}`,
        error: code,
        message: 'data occurs twice',
      },
    ],
    after: untouched,
  })),
  {
    name: 'a malformed field decides before anything of the state, and is not stored',
    source: 'what we settled, 2: stored answers',
    given: PLAYER,
    steps: [
      { send: 'changebalance', data: win({ user_id: '"nobody"', amount: '-1' }), error: 'OP_49', message: 'amount' },
      { send: 'changebalance', data: bet({ amount: '17.255' }), error: 'OP_49', message: 'amount' },
      { send: 'status', data: status(), error: 'OP_41' },
      { send: 'changebalance', data: bet(), ok: '{"balance":82.75,"currency_code":"EUR"}' },
      { send: 'changebalance', data: bet({ amount: '17.255' }), error: 'OP_49', message: 'amount' },
    ],
  },
  {
    name: 'members of a prototype are no fields',
    source: 'PLATFORM v2.49, authenticate: token is required',
    given: PLAYER,
    steps: [
      {
        send: 'authenticate',
        data: object({ __proto_: 'null' }).replace('__proto_', '__proto__').replace('null', `{"token":"${TOKEN}"}`),
        error: 'OP_50',
        message: 'token',
      },
    ],
  },
];
