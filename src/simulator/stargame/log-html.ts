import type { GameRecord } from './game-logs.ts';
import { gameName } from './games.ts';
import { wallText } from './times.ts';

const PICTURES = 'https://apiserver.solutions/img/baraban/cards/big';
const REELS = 5;
const CARDS = 52;

const money = (units: bigint): string => `${units < 0n ? '-' : ''}${digits(units < 0n ? -units : units)}`;
const digits = (units: bigint): string => `${units / 100n}.${String(units % 100n).padStart(2, '0')}`;

/**
 * How the server shows a game: as in the document's sample, remote pictures, inline scripts and tags that are not closed included, since
 * whoever shows it must cope with them.
 */
export function logHtml(record: GameRecord): string {
  const rows = [
    ['BET:', record.betUnits],
    ['WIN:', record.winUnits],
    ['BALANCE:', record.balanceUnits],
  ] as const;
  const pictures = Array.from(
    { length: REELS },
    (_, reel) =>
      `<td><img src="${PICTURES}/${(record.dataId + BigInt(reel * 7)) % BigInt(CARDS)}.jpg" width="90" height="100"/></td>`,
  );
  const button = (label: string, logId: bigint): string =>
    `<input type="button" value="${label}" onclick="window.location='https://apiserver.solutions/remotecab?act=log&log_id=${logId}'" />`;
  return [
    '<table width="100%" border="0" cellspacing="0" cellpadding="0">',
    `<tr bgcolor="#8F0000"><td align="center">Game information: ${gameName(record.gameId)} <br />`,
    `(${wallText(record.wallSeconds)})</td></tr><table border="0" width="100%"><tr><tr>`,
    ...rows.map(([name, units]) => `<tr><td>${name}</td><td>${money(units)}</td></tr>`),
    `<tr>${pictures.join('')}</tr></table></table>`,
    '<table style="width: 100%"><tr>',
    `<td style="width:50%; text-align:left;">${button('&lt;&lt;', record.dataId - 1n)}</td>`,
    `<td style="width:50%; text-align:right;">${button('&gt;&gt;', record.dataId + 1n)}</td>`,
    '</tr></table>',
  ].join('\n');
}
