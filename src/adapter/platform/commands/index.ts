import { authenticate } from './authenticate.ts';
import { balance } from './balance.ts';
import { cancel } from './cancel.ts';
import { changebalance } from './changebalance.ts';
import type { Command } from './command.ts';
import { finishround } from './finishround.ts';
import { status } from './status.ts';

/** All signed commands by name; ping is not among them. A Map, because names come from the path. */
export const commands: ReadonlyMap<string, Command> = new Map(
  Object.entries({ authenticate, balance, changebalance, status, cancel, finishround }),
);
