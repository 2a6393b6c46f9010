import { chromium } from 'playwright-core';
import { ensurePrograms } from '../../scripts/lib/servers.ts';
import type { PlatformMeasurement } from './types.ts';

const SETTLE_MS = 1_500;
const SCROLLED = 10;

/** The lobby as a guest's browser meets it, without anything in its cache. */
export async function measureLobby(url: string, games: number): Promise<PlatformMeasurement['lobby']> {
  const { browser: program } = await ensurePrograms(['browser'], process.env, 'npm run bench');
  if (program === null) throw new Error('no browser');
  const browser = await chromium.launch({
    executablePath: program.path,
    env: Object.fromEntries(
      Object.entries(program.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    let bytes = 0;
    const pictures = new Set<string>();
    const ofPictures = new Set<string>();
    session.on('Network.responseReceived', ({ requestId, type, response }) => {
      if (type !== 'Image') return;
      ofPictures.add(requestId);
      pictures.add(response.url);
    });
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (!ofPictures.has(requestId)) bytes += encodedDataLength;
    });
    await page.goto(url, { waitUntil: 'networkidle' });
    await page.waitForTimeout(SETTLE_MS);
    const firstPaintMs = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    );
    const picturesAtFirst = pictures.size;
    const bytesBeforePictures = bytes;
    for (let step = 0; step < SCROLLED; step += 1) {
      await page.mouse.wheel(0, 900);
      await page.waitForTimeout(200);
    }
    return { games, firstPaintMs, bytesBeforePictures, picturesAtFirst, picturesAfterScrolling: pictures.size };
  } finally {
    await browser.close();
  }
}
