import { Gauge } from 'prom-client';
import { loggable } from '../../../common/db.ts';
import type { PlatformDeps } from '../deps.ts';
import type { JudgedLimit } from './limits.ts';
import { LIMIT_STATES } from './state.ts';

/** A look is not worth more than that. */
const FRESH_MS = 2_000;

/** Gauges that are looked up when they are asked for, at most every few seconds; without an answer they stay away. */
export function exportLimits(
  { registry, log, now, config }: Pick<PlatformDeps, 'registry' | 'log' | 'now' | 'config'>,
  judge: () => Promise<JudgedLimit[]>,
): void {
  let looked: { atMs: number; limits: Promise<JudgedLimit[]> } | null = null;
  const look = async (): Promise<JudgedLimit[]> => {
    if (config.PLATFORM_API_URL === '') return [];
    return judge().catch((error: unknown) => {
      log.debug({ err: loggable(error) }, "can't look up the limits");
      return [];
    });
  };
  const recent = (): Promise<JudgedLimit[]> => {
    if (looked === null || now() - looked.atMs > FRESH_MS) looked = { atMs: now(), limits: look() };
    return looked.limits;
  };
  new Gauge({
    name: 'croupier_platform_limit_available',
    help: 'What may still be lost before PLATFORM stops play, in units of the currency.',
    labelNames: ['operator', 'currency'],
    registers: [registry],
    async collect() {
      const limits = await recent();
      this.reset();
      for (const { operatorId, last } of limits) {
        if (last.availableUnits === null) continue;
        // For a chart; what is decided is decided with exact units.
        this.set({ operator: operatorId, currency: last.currencyCode }, Number(last.availableUnits) / 100);
      }
    },
  });
  new Gauge({
    name: 'croupier_platform_limit_used_ratio',
    help: "What of PLATFORM's GGR limit is used; 1: all of it.",
    labelNames: ['operator'],
    registers: [registry],
    async collect() {
      const limits = await recent();
      this.reset();
      for (const { operatorId, last } of limits) {
        if (last.usedUnits === null || last.limitUnits === null || last.limitUnits === 0n) continue;
        this.set({ operator: operatorId }, Number(last.usedUnits) / Number(last.limitUnits));
      }
    },
  });
  new Gauge({
    name: 'croupier_platform_limit_state',
    help: "PLATFORM's limits: 0 ok, 1 warning, 2 exceeded, 3 unknown.",
    labelNames: ['operator', 'kind', 'currency'],
    registers: [registry],
    async collect() {
      const limits = await recent();
      this.reset();
      for (const { operatorId, last, state } of limits) {
        const labels = { operator: operatorId, kind: last.kind, currency: last.currencyCode };
        this.set(labels, LIMIT_STATES.indexOf(state));
      }
    },
  });
}
