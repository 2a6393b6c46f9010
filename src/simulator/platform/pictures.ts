import { escapeHtml } from '../html.ts';

const SIZES = [150, 300] as const;

/** details.thumbnails of a games or lobbies list. */
export const pictureUrls = (baseUrl: string, kind: 'games' | 'lobbies', id: string): Record<string, string> =>
  Object.fromEntries(
    SIZES.map((size) => [
      `${size}x${size}`,
      `${baseUrl}/pictures/${kind}/${size}x${size}/${encodeURIComponent(id)}.svg`,
    ]),
  );

/** Shapes around the middle of a 300 × 300 picture, by type of game. */
const MOTIFS: Readonly<Record<string, string>> = {
  slots:
    '<g fill="#fff"><rect x="54" y="76" width="56" height="92" rx="10"/><rect x="122" y="76" width="56" height="92" rx="10"/><rect x="190" y="76" width="56" height="92" rx="10"/></g><g font-family="Georgia,serif" font-size="52" font-weight="700" text-anchor="middle" fill="#b3123f"><text x="82" y="140">7</text><text x="150" y="140">★</text><text x="218" y="140">7</text></g>',
  live: '<g transform="rotate(-10 150 120)"><rect x="82" y="64" width="72" height="106" rx="9" fill="#fff"/><text x="118" y="134" font-family="Georgia,serif" font-size="54" text-anchor="middle" fill="#1b1b2b">♠</text></g><g transform="rotate(12 170 124)"><rect x="146" y="66" width="72" height="106" rx="9" fill="#fff"/><text x="182" y="136" font-family="Georgia,serif" font-size="54" text-anchor="middle" fill="#c3123f">♥</text></g>',
  table:
    '<circle cx="150" cy="120" r="62" fill="none" stroke="#fff" stroke-width="10"/><circle cx="150" cy="120" r="62" fill="none" stroke="#c3123f" stroke-width="10" stroke-dasharray="32.5 32.5"/><circle cx="150" cy="120" r="30" fill="#fff"/><circle cx="150" cy="120" r="8" fill="#c3123f"/>',
  lottery:
    '<g font-family="Georgia,serif" font-size="32" font-weight="700" text-anchor="middle" fill="#1b1b2b"><circle cx="96" cy="136" r="38" fill="#ffd66b"/><text x="96" y="147">7</text><circle cx="204" cy="136" r="38" fill="#9be7ff"/><text x="204" y="147">42</text><circle cx="150" cy="92" r="42" fill="#fff"/><text x="150" y="103">21</text></g>',
};

const TITLE_MAX = 32;
const LARGE_TITLE_MAX = 13;

/** A picture in place of the real one: each has colours of its own. */
export function pictureSvg({ title, type, vendor }: { title: string; type: string; vendor: string }): string {
  const hue = hueOf(vendor, title);
  const name = escapeHtml(title.length > TITLE_MAX ? `${title.slice(0, TITLE_MAX)}…` : title);
  const fontSize = title.length > LARGE_TITLE_MAX ? 22 : 28;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 300" role="img" aria-label="${name}">
<defs><linearGradient id="g" x2=".6" y2="1"><stop stop-color="hsl(${hue} 72% 52%)"/><stop offset="1" stop-color="hsl(${(hue + 50) % 360} 78% 18%)"/></linearGradient><radialGradient id="l" cx=".5" cy=".25" r=".7"><stop stop-color="#fff" stop-opacity=".35"/><stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient></defs>
<rect width="300" height="300" fill="url(#g)"/><rect width="300" height="300" fill="url(#l)"/>
${MOTIFS[type] ?? MOTIFS.slots}
<text x="150" y="236" fill="#fff" font-family="system-ui,sans-serif" font-size="${fontSize}" font-weight="700" text-anchor="middle">${name}</text>
<text x="150" y="268" fill="#fff" fill-opacity=".75" font-family="system-ui,sans-serif" font-size="17" text-anchor="middle">${escapeHtml(vendor)}</text>
</svg>
`;
}

/** Degrees on the wheel of colours: always the same for the same game. */
export const hueOf = (vendor: string, title: string): number =>
  [...`${vendor} ${title}`].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 360, 7);
