import { escapeHtml } from '../html.ts';
import { gameName } from './games.ts';

/** A picture in place of the real one: each game has a colour of its own. */
export function iconSvg(gameId: number): string {
  const hue = (gameId * 47) % 360;
  const name = escapeHtml(gameName(gameId));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 218 164" role="img" aria-label="${name}">
<defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="hsl(${hue} 70% 45%)"/><stop offset="1" stop-color="hsl(${(hue + 60) % 360} 75% 20%)"/></linearGradient></defs>
<rect width="218" height="164" rx="12" fill="url(#g)"/>
<text x="109" y="84" fill="#fff" font-family="sans-serif" font-size="44" text-anchor="middle">★ 7 ★</text>
<text x="109" y="132" fill="#fff" font-family="sans-serif" font-size="18" text-anchor="middle">${name}</text>
</svg>
`;
}
