import { decimalText } from '../decimal.ts';
import { escapeHtml, scriptData } from '../html.ts';

type WindowOptions = {
  nonce: string;
  language: 'en' | 'ru';
  name: string;
  betUnits: bigint;
  balanceUnits: bigint | null;
  currency: string;
  spinUrl: string;
  session: Record<string, string | number>;
};

const TEXTS = {
  en: {
    spin: 'Spin',
    cashout: 'Cash out',
    balance: 'Balance',
    bet: 'Bet',
    win: 'Win',
    fail: 'The bet was not taken.',
    lost: 'The casino did not answer in time.',
    skipped: 'The game was interrupted.',
    closed: 'The session is closed.',
  },
  ru: {
    spin: 'Крутить',
    cashout: 'Забрать',
    balance: 'Баланс',
    bet: 'Ставка',
    win: 'Выигрыш',
    fail: 'Ставка не принята.',
    lost: 'Казино не ответило вовремя.',
    skipped: 'Игра прервана.',
    closed: 'Сессия закрыта.',
  },
};

/** The page of a game: one file, nothing from elsewhere. */
export function windowPage(options: WindowOptions): string {
  const { nonce, language, name, betUnits, balanceUnits, currency, spinUrl, session } = options;
  const texts = TEXTS[language];
  const data = { texts, currency, spinUrl, session, balance: balanceUnits === null ? null : decimalText(balanceUnits) };
  return `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(name)}</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(name)}</h1>
<div id="reels" aria-hidden="true"><span>★</span><span>7</span><span>♦</span><span>★</span><span>7</span></div>
<p id="message" role="status">&nbsp;</p>
<dl>
<div><dt>${texts.balance}</dt><dd id="balance">…</dd></div>
<div><dt>${texts.bet}</dt><dd>${decimalText(betUnits)}</dd></div>
<div><dt>${texts.win}</dt><dd id="win">0.00</dd></div>
</dl>
<button id="spin">${texts.spin}</button>
<button id="cashout">${texts.cashout}</button>
</main>
<script type="application/json" id="data">${scriptData(data)}</script>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>
`;
}

const STYLE = `
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:radial-gradient(circle at 50% 20%,#3b1d60,#0d0a1a 70%);color:#f6efe0;font:16px/1.4 system-ui,sans-serif}
main{width:min(92vw,640px);padding:1.5rem;text-align:center}
h1{margin:0 0 1rem;font-size:1.6rem;letter-spacing:.08em;text-transform:uppercase;color:#ffd66b}
#reels{display:grid;grid-template-columns:repeat(5,1fr);gap:.5rem;padding:.75rem;border-radius:14px;background:#000;border:3px solid #ffd66b}
#reels span{padding:1.1rem 0;border-radius:8px;background:linear-gradient(#fff,#d9d2c2);color:#7a1030;font-size:2rem;font-weight:700}
#reels.turning span{filter:blur(2px);transform:translateY(-3px)}
#message{min-height:1.4em;margin:.8rem 0}
dl{display:flex;justify-content:space-around;margin:0 0 1rem}
dt{font-size:.75rem;opacity:.7}
dd{margin:0;font-size:1.25rem;font-variant-numeric:tabular-nums}
button{padding:.8rem 2.2rem;border:0;border-radius:999px;font:inherit;font-weight:700;cursor:pointer;background:#ffd66b;color:#2b1400}
button:disabled{opacity:.5;cursor:default}
button:focus-visible{outline:3px solid #fff}
#cashout{background:none;color:#f6efe0;border:1px solid #8a7aa8}
`;

/** Amounts are decimals that the server made. Tells the page around it of a new balance and of the end, as the integration example expects. */
const SCRIPT = `
const data = JSON.parse(document.getElementById('data').textContent);
const at = (id) => document.getElementById(id);
const symbols = ['★', '7', '♦', '♣', '☀', '♛'];
const tell = (message) => { if (parent !== window) parent.postMessage(message, '*'); };
const showBalance = (amount) => { at('balance').textContent = amount === null ? '…' : amount + ' ' + data.currency; };
showBalance(data.balance);
const turn = (won) => {
  const one = symbols[Math.floor(Math.random() * symbols.length)];
  [...at('reels').children].forEach((reel, index) => {
    reel.textContent = won ? one : symbols[(index * 5 + Math.floor(Math.random() * symbols.length)) % symbols.length];
  });
};
at('spin').addEventListener('click', async () => {
  at('spin').disabled = true;
  at('reels').className = 'turning';
  at('message').textContent = '\\u00a0';
  try {
    const response = await fetch(data.spinUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(data.session),
    });
    const round = await response.json();
    if (round.status === 'played') {
      turn(round.isWin);
      at('win').textContent = round.win;
      showBalance(round.balance);
      tell({ msg: 'balanceChange', amount: round.balance });
    } else at('message').textContent = data.texts[round.status];
  } catch {
    at('message').textContent = data.texts.lost;
  }
  at('reels').className = '';
  at('spin').disabled = false;
  at('spin').focus();
});
at('cashout').addEventListener('click', () => {
  tell({ msg: 'closeGame' });
  window.close();
});
`;
