// What every page does: ask again and again, say how old what is shown is, change something, log out.
import { byId, clockTime, h } from './dom.ts';

export type Result = { ok: true } | { ok: false; message: string };
/** Asks the server to change something. */
export type Post = (path: string, body: object) => Promise<Result>;
/** The same of what gives an answer. */
export type PostFor = <T>(
  path: string,
  body: object,
) => Promise<{ ok: true; answer: T } | { ok: false; message: string }>;

export type Live = {
  post: Post;
  postFor: PostFor;
  /** Asks at once. */
  ask: () => void;
  /** Whether the session has ended: nothing is asked any more. */
  hasEnded: () => boolean;
};

const POLL_MS = 2_000;
const TIMEOUT_MS = 5_000;
const STALE_MS = 6_000;

const csrfToken = (): string => /(?:^|; )XSRF-TOKEN=([^;]*)/.exec(document.cookie)?.[1] ?? '';

/** Asks `path()` every two seconds while somebody looks, and renders each answer. */
export function startLive<T>(options: { path: () => string; render: (answer: T) => void }): Live {
  let toldAtMs = Date.now();
  let timer = 0;
  let isAsking = false;
  let hasEnded = false;

  const ask = async (): Promise<void> => {
    if (isAsking || hasEnded) return;
    isAsking = true;
    try {
      const answer = await fetch(options.path(), {
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: { accept: 'application/json' },
      });
      if (answer.status === 401) endSession();
      if (answer.ok) {
        const told = (await answer.json()) as T;
        toldAtMs = Date.now();
        options.render(told);
      }
    } catch {
      // Nobody answers: what is shown grows old, and says so.
    } finally {
      isAsking = false;
      tellAge();
    }
  };

  /** Numbers that are old must not look like numbers of now. */
  const tellAge = (): void => {
    const isStale = Date.now() - toldAtMs > STALE_MS;
    document.body.classList.toggle('stale', isStale || hasEnded);
    byId('freshness').textContent =
      isStale || hasEnded ? `as of ${clockTime(toldAtMs)}` : `live ${clockTime(toldAtMs)}`;
    if (hasEnded) return;
    const notice = byId('notice');
    notice.hidden = !isStale;
    if (isStale)
      notice.textContent = `No answer from the jobs process: everything below is as of ${clockTime(toldAtMs)}.`;
  };

  const endSession = (): void => {
    hasEnded = true;
    clearInterval(timer);
    const notice = byId('notice');
    notice.hidden = false;
    notice.replaceChildren('Your session has ended. ', h('a', { href: '/login' }, 'Log in again'));
  };

  const postFor: PostFor = async <T>(path: string, body: object) => {
    try {
      const answer = await fetch(path, {
        method: 'POST',
        signal: AbortSignal.timeout(10_000),
        headers: { 'content-type': 'application/json', 'x-xsrf-token': csrfToken() },
        body: JSON.stringify(body),
      });
      if (answer.ok) return { ok: true, answer: (await answer.json()) as T };
      if (answer.status === 401) endSession();
      const told = (await answer.json().catch(() => ({}))) as { message?: string };
      return { ok: false, message: told.message ?? `The dashboard answers ${answer.status}.` };
    } catch {
      return { ok: false, message: 'No answer: it may have happened or not. Look, then try again.' };
    }
  };

  const post: Post = async (path, body) => {
    const result = await postFor<object>(path, body);
    return result.ok ? { ok: true } : result;
  };

  /** A page that nobody sees asks nothing. */
  const followVisibility = (): void => {
    clearInterval(timer);
    if (document.hidden || hasEnded) return;
    void ask();
    timer = setInterval(() => void ask(), POLL_MS);
  };

  byId('logout').addEventListener('submit', () => {
    const field = byId('logout').querySelector('input');
    if (field !== null) field.value = csrfToken();
  });
  document.addEventListener('visibilitychange', followVisibility);
  // After the caller has what this gives.
  queueMicrotask(followVisibility);
  return { post, postFor, ask: () => void ask(), hasEnded: () => hasEnded };
}
