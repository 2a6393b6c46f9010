import { toServerTime } from '../../adapter/stargame/remote/times.ts';

/** By how much the zone's clock is ahead of UTC; `ms` in whole seconds. */
export function offsetMs(ms: number, zone: string): number {
  return Date.parse(`${toServerTime(ms, zone).replace(' ', 'T')}Z`) - ms;
}
