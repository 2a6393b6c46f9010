import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { ensurePrograms } from '../../scripts/lib/servers.ts';
import { track } from '../harness/leaks.ts';

/** A browser without a screen. */
export type TestBrowser = AsyncDisposable & {
  /** A page of a person who was never here before. */
  newPage: (options?: {
    viewport?: { width: number; height: number };
    colorScheme?: 'light' | 'dark';
    /** A device that is held, and touched. */
    isMobile?: boolean;
    hasTouch?: boolean;
  }) => Promise<Visit>;
};

/** A page, and everything that it asked for and complained about since. */
export type Visit = {
  page: Page;
  context: BrowserContext;
  /** URLs asked for, other than data: and blob:. */
  requests: string[];
  /** Errors of scripts, and what the console calls an error, such as a breach of the Content-Security-Policy. */
  errors: string[];
};

export async function launchBrowser(): Promise<TestBrowser> {
  const { browser: program } = await ensurePrograms(['browser'], process.env, 'npx vitest');
  if (program === null) throw new Error('no browser');
  const browser = await chromium.launch({
    executablePath: program.path,
    env: definedOnly(program.env),
    // Chromium's own sandbox can't be had by root.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  const untrack = track('browser', () => browser.close());
  return {
    newPage: (options = {}) => visit(browser, options),
    [Symbol.asyncDispose]: async () => {
      untrack();
      await browser.close();
    },
  };
}

async function visit(browser: Browser, options: object): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const requests: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url())) requests.push(request.url());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  return { page, context, requests, errors };
}

const definedOnly = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
