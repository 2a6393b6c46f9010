import type { z } from 'zod';

/** An answer that says how many there are must have as many: a cut list must not pass for a whole one. */
export function countsAgree(
  context: z.core.$RefinementCtx,
  field: string,
  count: number,
  list: readonly unknown[],
): void {
  if (count === list.length) return;
  context.addIssue({ code: 'custom', path: [field], message: `says ${count}, but ${list.length} came` });
}
