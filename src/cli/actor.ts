import { userInfo } from 'node:os';

const MAX_LENGTH = 64;

/** Who is at the command line, for the audit trail: as "cli:anna". */
export function osActor(): string {
  return `cli:${userName()}`.slice(0, MAX_LENGTH);
}

/** A container's user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
