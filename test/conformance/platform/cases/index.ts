import type { Case } from '../case.ts';
import { authenticate } from './authenticate.ts';
import { balance } from './balance.ts';
import { cancel } from './cancel.ts';
import { changebalance } from './changebalance.ts';
import { envelope } from './envelope.ts';
import { finishround } from './finishround.ts';
import { malformed } from './malformed.ts';
import { samples } from './samples.ts';
import { status } from './status.ts';
import { stopsAndLimits } from './stops-and-limits.ts';

export const cases: Record<string, Case[]> = {
  samples,
  envelope,
  malformed,
  authenticate,
  balance,
  changebalance,
  status,
  cancel,
  finishround,
  'stops and limits': stopsAndLimits,
};
