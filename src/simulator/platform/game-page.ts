import { escapeHtml, scriptData } from '../html.ts';
import { hueOf } from './pictures.ts';
import { type Language, TEXTS } from './texts.ts';

/** Where the buttons of a page lead; null: there is none. */
export type Links = { homeUrl: string | null; depositUrl: string | null };

type PageOptions = { nonce: string; language: Language; title: string; vendor: string; links: Links };

export type GameOptions = PageOptions & {
  isFun: boolean;
  /** Decimals. */
  balance: string;
  bets: readonly string[];
  currency: string;
  spinUrl: string;
  /** Sent with every spin. */
  session: { session: string; gameId: number };
};

/** The toy game: one file, nothing from elsewhere. */
export function gamePage(options: GameOptions): string {
  const { language, title, vendor, links, isFun, balance, bets, currency, spinUrl, session } = options;
  const texts = TEXTS[language];
  const data = { texts, currency, spinUrl, session, homeOrigin: originOf(links.homeUrl) };
  const choice = bets.map((bet) => `<option value="${bet}"${bet === '1.00' ? ' selected' : ''}>${bet}</option>`);
  const cells = FIRST_CELLS.map((symbol) => `<span>${symbol}</span>`);
  return page(
    options,
    `<header><p class="vendor">${escapeHtml(vendor)}</p><h1>${escapeHtml(title)}</h1>${isFun ? `<p id="fun">${texts.fun}</p>` : ''}</header>
<div id="reels" aria-hidden="true">${cells.join('')}</div>
<p id="message" role="status">${texts.welcome}</p>
<dl>
<div><dt>${texts.balance}</dt><dd id="balance">${balance} ${escapeHtml(currency)}</dd></div>
<div><dt>${texts.win}</dt><dd id="win">0.00</dd></div>
</dl>
<div class="controls"><label for="bet">${texts.bet}</label><select id="bet">${choice.join('')}</select><button id="spin" type="button">${texts.spin}</button></div>
${linkBar(links, language)}
<script type="application/json" id="data">${scriptData(data)}</script>
<script nonce="${options.nonce}">${SCRIPT}</script>`,
  );
}

/** The tables of a lobby. `url`: where each of them is opened. */
export function lobbyPage(options: PageOptions & { tables: readonly { title: string; url: string }[] }): string {
  const { language, title, vendor, links, tables } = options;
  const items = tables.map(({ title: table, url }) => {
    const hue = hueOf(vendor, table);
    return `<li><a class="table h${hue - (hue % 30)}" href="${escapeHtml(url)}">${escapeHtml(table)}</a></li>`;
  });
  const data = { homeOrigin: originOf(links.homeUrl) };
  return page(
    options,
    `<header><p class="vendor">${escapeHtml(vendor)}</p><h1>${escapeHtml(title)}</h1></header>
<p id="message">${TEXTS[language].lobby}</p>
<ul id="tables">${items.join('')}</ul>
${linkBar(links, language)}
<script type="application/json" id="data">${scriptData(data)}</script>
<script nonce="${options.nonce}">${HOME_SCRIPT}</script>`,
  );
}

/** What is shown where there is nothing to play. */
export function errorPage(options: PageOptions & { message: string; details: readonly string[] }): string {
  const { message, details, links, language } = options;
  const list = details.map((detail) => `<li>${escapeHtml(detail)}</li>`);
  const data = { homeOrigin: originOf(links.homeUrl) };
  return page(
    options,
    `<header><h1>${escapeHtml(options.title)}</h1></header>
<p id="message" role="alert">${escapeHtml(message)}</p>
${list.length > 0 ? `<ul id="details">${list.join('')}</ul>` : ''}
${linkBar(links, language)}
<script type="application/json" id="data">${scriptData(data)}</script>
<script nonce="${options.nonce}">${HOME_SCRIPT}</script>`,
  );
}

function page({ nonce, language, title, vendor }: PageOptions, body: string): string {
  return `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style nonce="${nonce}">:root{--hue:${hueOf(vendor, title)}}${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

/** Out of the frame, if the game is in one. */
function linkBar({ homeUrl, depositUrl }: Links, language: Language): string {
  const link = (id: string, url: string | null, text: string): string =>
    url === null ? '' : `<a id="${id}" href="${escapeHtml(url)}" target="_top" rel="noreferrer">${text}</a>`;
  const { home, deposit } = TEXTS[language];
  const links = link('home', homeUrl, home) + link('deposit', depositUrl, deposit);
  return links === '' ? '' : `<nav>${links}</nav>`;
}

const originOf = (url: string | null): string | null => (url === null ? null : new URL(url).origin);

const FIRST_CELLS = [...'♦7♣★♥♣★7♥♦7♥★♦♣'];

const TABLE_COLOURS = Array.from(
  { length: 12 },
  (_, index) =>
    `.h${index * 30}{background:linear-gradient(135deg,hsl(${index * 30} 60% 42%),hsl(${index * 30 + 40} 65% 24%))}`,
).join('\n');

const STYLE = `
*{box-sizing:border-box}
html{color-scheme:dark}
body{margin:0;min-height:100vh;min-height:100dvh;display:grid;place-items:center;background:radial-gradient(circle at 50% 10%,hsl(var(--hue) 55% 32%),hsl(calc(var(--hue) + 40) 50% 8%) 75%);color:#fdf8ec;font:16px/1.45 system-ui,sans-serif}
main{width:min(94vw,620px);padding:1rem 0;text-align:center}
h1{margin:0 0 .6rem;font-size:clamp(1.25rem,5vw,1.9rem);letter-spacing:.02em;text-wrap:balance}
.vendor{margin:0;font-size:.75rem;letter-spacing:.18em;text-transform:uppercase;opacity:.75}
#fun{display:inline-block;margin:0 0 .7rem;padding:.15rem .7rem;border-radius:999px;background:#0006;font-size:.85rem}
#reels{display:grid;grid-template-columns:repeat(5,1fr);gap:clamp(.25rem,1.2vw,.5rem);padding:clamp(.4rem,2vw,.8rem);border-radius:18px;background:#0009;box-shadow:0 0 0 3px hsl(var(--hue) 80% 65%),0 18px 50px #0008}
#reels span{display:grid;place-items:center;aspect-ratio:1;max-height:13vh;width:100%;border-radius:10px;background:linear-gradient(#fffdf6,#e4dcc8);color:#23304f;font-size:clamp(1.3rem,7vw,2.4rem);font-weight:700}
#reels span.red{color:#c0143c}
#reels span.line{background:linear-gradient(#fff3b8,#ffc93f);box-shadow:0 0 14px #ffd54f}
#reels.turning span{animation:turn .18s linear infinite}
@keyframes turn{50%{transform:translateY(6%);filter:blur(1.5px)}}
@media (prefers-reduced-motion:reduce){#reels.turning span{animation:none;opacity:.6}}
#message{min-height:1.5em;margin:.8rem 0 .4rem;font-weight:600}
#message.bad{color:#ffc2b8}
#details{text-align:left;font-size:.9rem}
dl{display:flex;justify-content:center;gap:2.5rem;margin:0 0 .8rem}
dt{font-size:.75rem;letter-spacing:.08em;opacity:.8}
dd{margin:0;font-size:1.3rem;font-weight:700;font-variant-numeric:tabular-nums}
.controls{display:flex;flex-wrap:wrap;align-items:center;justify-content:center;gap:.7rem}
select{min-height:2.9rem;padding:0 .8rem;border-radius:12px;border:1px solid #fff6;background:#0007;color:inherit;font:inherit}
button{min-height:2.9rem;min-width:9rem;padding:0 2rem;border:0;border-radius:999px;font:inherit;font-size:1.1rem;font-weight:800;cursor:pointer;background:linear-gradient(#ffe48a,#ffb52e);color:#3a1d00}
button:disabled{opacity:.55;cursor:default}
nav{display:flex;justify-content:center;gap:1.5rem;margin-top:1.1rem}
nav a{display:inline-flex;align-items:center;min-height:2.75rem;padding:0 1rem;border:1px solid #fff5;border-radius:999px;color:inherit;text-decoration:none}
:is(button,select,a):focus-visible{outline:3px solid #fff;outline-offset:2px}
#tables{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(160px,1fr));gap:.8rem}
.table{display:grid;place-items:center;min-height:6.5rem;padding:1rem;border-radius:14px;color:#fff;font-weight:700;text-decoration:none;border:1px solid #fff3}
${TABLE_COLOURS}
`;

/** Tells the casino's page around the game; only that page, where it is known. The link leads home by itself where nobody listens. */
const HOME_SCRIPT = `
const data = JSON.parse(document.getElementById('data').textContent);
const at = (id) => document.getElementById(id);
const inFrame = parent !== window;
const tell = (type) => { if (inFrame) parent.postMessage({ type }, data.homeOrigin || '*'); };
const home = at('home');
if (home && inFrame) home.addEventListener('click', (event) => {
  event.preventDefault();
  tell('closeGame');
  setTimeout(() => { top.location.href = home.href; }, 1000);
});
`;

/** Amounts are decimals that the server made: nothing is reckoned here. */
const SCRIPT = `${HOME_SCRIPT}
const { texts } = data;
const symbols = ['★', '7', '♦', '♣', '♥'];
const cells = [...at('reels').children];
const pick = () => symbols[Math.floor(Math.random() * symbols.length)];
const paint = (cell, symbol, isLine) => {
  cell.textContent = symbol;
  cell.className = (symbol === '♦' || symbol === '♥' || symbol === '7' ? 'red' : '') + (isLine ? ' line' : '');
};
const stopReels = (won) => {
  const lucky = pick();
  cells.forEach((cell, index) => {
    const isMiddle = index >= 5 && index < 10;
    if (isMiddle && won) paint(cell, lucky, true);
    // A line that did not win has two different symbols side by side.
    else if (isMiddle) paint(cell, symbols[(symbols.indexOf(lucky) + index) % symbols.length], false);
    else paint(cell, pick(), false);
  });
};
const say = (text, isBad) => {
  at('message').textContent = text;
  at('message').className = isBad ? 'bad' : '';
};
const describe = (round) => {
  if (round.kind !== 'spin' && texts[round.kind]) return texts[round.kind] + (round.isWin ? ' +' + round.win : '');
  return round.isWin ? texts.win + ' ' + round.win : texts.nothing;
};
const take = (round) => {
  if (round.balance !== null) {
    at('balance').textContent = round.balance + ' ' + data.currency;
    tell('balanceChanged');
  }
  stopReels(round.isWin);
  at('win').textContent = round.win;
  if (round.status === 'played') say(describe(round), false);
  else say(round.message, true);
};
const spin = async () => {
  at('spin').disabled = true;
  at('reels').className = 'turning';
  say('\\u00a0', false);
  let isOver = false;
  try {
    const response = await fetch(data.spinUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...data.session, bet: at('bet').value }),
    });
    const round = await response.json();
    take(round);
    isOver = round.isOver;
  } catch {
    say(texts.offline, true);
  }
  at('reels').className = '';
  at('spin').disabled = isOver;
  if (!isOver) at('spin').focus();
};
at('spin').addEventListener('click', spin);
cells.forEach((cell) => paint(cell, cell.textContent, false));
`;
