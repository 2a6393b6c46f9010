import {
  hashPassword,
  type PasswordHash,
  parsePasswordHash,
  unmatchableHash,
  verifyPassword,
} from '../../common/password-hash.ts';

/** With the demo data, and only then. */
export const DEMO_USER = { name: 'ops', password: 'croupier' } as const;

const NAME = /^[A-Za-z0-9._@-]{1,64}$/;
const PASSWORD_MAX_CHARACTERS = 1024;
/** A check takes a core and 64 MiB for a while: this many at once, and this many more may wait. */
const CHECKS_MAX = 2;
const WAITING_MAX = 16;

/** Parses OPS_USERS: entries `name:hash`. The mistakes carry no hash. */
export function parseUsers(entries: readonly string[]): { users: Map<string, PasswordHash>; mistakes: string[] } {
  const users = new Map<string, PasswordHash>();
  const mistakes: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const colon = entry.indexOf(':');
    const name = entry.slice(0, Math.max(colon, 0));
    const hash = parsePasswordHash(entry.slice(colon + 1));
    const where = `entry ${index + 1}`;
    if (!NAME.test(name)) mistakes.push(`${where} must begin with a name, as name:scrypt$…`);
    if (hash === null) mistakes.push(`${where} must have a hash of \`croupier ops hash-password\``);
    if (users.has(name)) mistakes.push(`${where} repeats a name`);
    if (hash !== null) users.set(name, hash);
  }
  return { users, mistakes };
}

export type Users = {
  /** Whether anybody could log in. */
  exist: () => Promise<boolean>;
  /** `busy`: too many ask at once. A name that isn't known takes as long as a wrong password. */
  check: (name: string, password: string) => Promise<'right' | 'wrong' | 'busy'>;
};

/** `hasDemoData` is asked for while there are no users of their own; it may reject where it can't tell. */
export function createUsers(configured: ReadonlyMap<string, PasswordHash>, hasDemoData: () => Promise<boolean>): Users {
  const unmatchable = unmatchableHash();
  const slots = createSlots();
  let demoHash: Promise<PasswordHash> | undefined;

  const demoUsers = async (): Promise<ReadonlyMap<string, PasswordHash>> => {
    if (!(await hasDemoData())) return new Map();
    demoHash ??= hashPassword(DEMO_USER.password).then((text) => parsePasswordHash(text) ?? unmatchable);
    return new Map([[DEMO_USER.name, await demoHash]]);
  };
  const users = async (): Promise<ReadonlyMap<string, PasswordHash>> =>
    configured.size > 0 ? configured : await demoUsers();

  return {
    exist: async () => (await users()).size > 0,
    check: async (name, password) => {
      const expected = (await users()).get(name) ?? unmatchable;
      const isRight = await slots.run(() => verifyPassword(password.slice(0, PASSWORD_MAX_CHARACTERS), expected));
      return isRight === null ? 'busy' : isRight ? 'right' : 'wrong';
    },
  };
}

/** Runs a few things at once and lets a few more wait; null for what comes on top of them. */
function createSlots() {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    run: async <T>(work: () => Promise<T>): Promise<T | null> => {
      if (running >= CHECKS_MAX) {
        if (waiting.length >= WAITING_MAX) return null;
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else {
        running += 1;
      }
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}
