import { createHash } from 'node:crypto';

/** The demo data's operator, player and session. */
const OPERATOR = 'examplecasino';
const SECRET = 'secret_key';
const TOKEN = 'eqkB1WoKQCvjrvV6taJRN';
const PLAYER = '611';

/** The demo data's hall, its path secret, and the terminal of player 117. */
const HALL = '1890';
const PATH_SECRET = 'notify';
const TERMINAL = '117';

export type CurlLine = { title: string; line: string };

/**
 * All commands of PLATFORM v2.49 against the demo data, signed and ready to be pasted. Ids are made of the time, so that each
 * start prints a round that is new; pasted twice, a line shows that it is done only once.
 */
export function curlLines(url: string, now: Date): CurlLine[] {
  const timestamp = now.toISOString().slice(0, 19).replace('T', ' ');
  const round = now.getTime();
  const bet = round * 10 + 1;
  const win = round * 10 + 2;
  const canceled = round * 10 + 3;
  const insecure = url.startsWith('https:') ? ' -k' : '';
  const curl = `curl -sS${insecure} -w '\\n' ${url}/platform`;

  const post = (title: string, command: string, data: object): CurlLine => {
    const body = { command, request_timestamp: timestamp, hash: sha1(command + timestamp + SECRET), data };
    const headers = [
      'Content-Type: application/json; charset=utf-8',
      `X-Operator-Id: ${OPERATOR}`,
      `X-Authorization: ${sha1(command + SECRET)}`,
    ];
    const line = `${curl}/${command} ${headers.map((header) => `-H '${header}'`).join(' ')} -d '${JSON.stringify(body)}'`;
    return { title, line };
  };
  const change = (transaction_type: string, amount: number, transaction_id: number): object => ({
    token: TOKEN,
    user_id: PLAYER,
    transaction_type,
    transaction_id,
    round_id: round,
    round_finished: false,
    game_id: 200,
    currency_code: 'EUR',
    amount,
    transaction_timestamp: timestamp,
    context: { reason: 'SPIN' },
  });

  return [
    post('authenticate', 'authenticate', { token: TOKEN }),
    post('balance', 'balance', { token: TOKEN, user_id: PLAYER, currency_code: 'EUR' }),
    post('changebalance: a BET of 3.00', 'changebalance', change('BET', 3, bet)),
    post('changebalance: a WIN of 17.25', 'changebalance', change('WIN', 17.25, win)),
    post('status of the BET', 'status', {
      user_id: PLAYER,
      transaction_id: bet,
      transaction_type: 'BET',
      transaction_date: timestamp.slice(0, 10),
      transaction_ts: String(now.getTime()),
      round_id: round,
    }),
    post('changebalance: another BET, of 1.00', 'changebalance', change('BET', 1, canceled)),
    post('cancel that BET', 'cancel', {
      user_id: PLAYER,
      transaction_id: canceled,
      round_id: round,
      round_finished: null,
      game_id: 200,
    }),
    post('finishround', 'finishround', {
      round_id: round,
      user_id: PLAYER,
      game_id: 200,
      round_date: timestamp.slice(0, 10),
      round_ts: String(now.getTime()),
    }),
    { title: 'ping', line: `${curl}/ping` },
  ];
}

/**
 * Both of StarGame's notifications ("Game Notifications API") against the demo data: nothing is signed, the path secret says who
 * calls. They have no transaction id: pasted twice, a line is two spins.
 */
export function stargameLines(url: string, now: Date): CurlLine[] {
  const insecure = url.startsWith('https:') ? ' -k' : '';
  const get = (title: string, query: string): CurlLine => ({
    title,
    line: `curl -sS${insecure} -w '\\n' '${url}/stargame/${HALL}/${PATH_SECRET}?${query}'`,
  });
  return [
    get('getBalance', `cmd=getBalance&uid=${TERMINAL}&foo=${now.getTime()}`),
    get('writeBet: a bet of 10.00', `cmd=writeBet&uid=${TERMINAL}&bet=1000&win=0`),
    get('writeBet: a win of 25.00', `cmd=writeBet&uid=${TERMINAL}&bet=0&win=2500`),
  ];
}

function sha1(text: string): string {
  return createHash('sha1').update(text, 'utf8').digest('hex');
}
