import { createHash } from 'node:crypto';
import { readEnvelope, readResult } from '../../src/adapter/stargame/remote/answer.ts';
import { apiOperationBalance } from '../../src/adapter/stargame/remote/operations/api-operation-balance.ts';
import { remotecabGameHistory } from '../../src/adapter/stargame/remote/operations/remotecab-game-history.ts';
import { writePacket } from '../../src/adapter/stargame/remote/packet.ts';
import { checkRequest } from '../../src/adapter/stargame/remote/request.ts';
import { sign } from '../../src/adapter/stargame/remote/signature.ts';
import { writeXml } from '../../src/adapter/stargame/remote/xml.ts';
import { SPINS_EACH } from './plays.ts';
import type { RemoteShare } from './types.ts';

const MEASURED_MS = 3_000;
const DELIVERY = { show_packet: 1, response_url: '' };

/** Our share of an operation, without the network: checking, building and signing the request, verifying and reading the answer. */
export function measureRemote(): RemoteShare[] {
  return [
    { operation: 'api_operation_balance', perSecond: perSecond(operationBalance()) },
    { operation: `remotecab_game_history, ${SPINS_EACH} records`, perSecond: perSecond(gameHistory()) },
  ];
}

function perSecond(run: () => void): number {
  const warmUntilMs = performance.now() + MEASURED_MS / 3;
  while (performance.now() < warmUntilMs) run();
  const startMs = performance.now();
  let runs = 0;
  while (performance.now() - startMs < MEASURED_MS) {
    run();
    runs += 1;
  }
  return (runs * 1_000) / (performance.now() - startMs);
}

function operationBalance(): () => void {
  const signer = { type: 'hall', secret: 'secret' } as const;
  const request = { user_id: '117', hall_id: '1890', operation: 'increase', operation_id: '7', sum: 500n } as const;
  const answer = packet(
    'secret',
    '<request><version>0.6</version><status>success</status><user_id>117</user_id><hall_id>1890</hall_id>' +
      '<operation>increase</operation><operation_id>7</operation_id><old_balance>5000</old_balance>' +
      '<new_balance>5500</new_balance><operation_exist>0</operation_exist><time>1390783078</time></request>',
  );
  return () => {
    const asked = checkRequest(apiOperationBalance, request, signer);
    const xml = writeXml('request', { version: '0.6', ...asked.request, ...DELIVERY });
    writePacket(xml, sign('hall', asked.secret, xml));
    const envelope = readEnvelope(apiOperationBalance, asked, answer, 'strict');
    mustSucceed(readResult(apiOperationBalance, asked, envelope, 'off').result.status);
  };
}

function gameHistory(): () => void {
  const signer = { type: 'user', password: 'terminal117' } as const;
  const request = {
    user_id: '117',
    user_password: 'terminal117',
    use_hash: 0,
    operation: 'list',
    period_start: '2026-11-20 10:00:00',
    period_end: '2026-11-20 11:00:00',
  } as const;
  const log = (number: number): string =>
    `<log><dataid>${5_951_155_076 + number}</dataid><gameid>206</gameid><date>2026-11-20 10:30:00</date><bet>500</bet>` +
    '<win>1000</win><lines>9</lines><balance>3327000</balance><gname>Deuces Wild</gname></log>';
  const answer = packet(
    'terminal117',
    '<request><version>0.4</version><status>success</status><user_id>117</user_id><use_hash>0</use_hash>' +
      `<hall_id>1890</hall_id><logs_count>${SPINS_EACH}</logs_count><operation>list</operation><timestamp>1390783078</timestamp>` +
      `<logs>${Array.from({ length: SPINS_EACH }, (_, number) => log(number)).join('')}</logs></request>`,
  );
  return () => {
    const asked = checkRequest(remotecabGameHistory, request, signer);
    const xml = writeXml('request', { version: '0.4', ...asked.request, ...DELIVERY });
    writePacket(xml, sign('user', asked.secret, xml));
    const envelope = readEnvelope(remotecabGameHistory, asked, answer, 'strict');
    mustSucceed(readResult(remotecabGameHistory, asked, envelope, 'off').result.status);
  };
}

function packet(secret: string, xml: string): Buffer {
  const signature = createHash('md5').update(`${secret}${xml}${secret}`).digest('hex');
  const fields = { reg_xml: Buffer.from(xml).toString('base64'), reg_sign: signature };
  return Buffer.from(new URLSearchParams(fields).toString());
}

function mustSucceed(status: string): void {
  if (status !== 'success') throw new Error(`the answer is read as ${status}`);
}
