import { randomBytes } from 'node:crypto';

/**
 * An operation id for StarGame, by which a repeated packet is known: random, so that no two are the same, and of 63 bits, since only a
 * positive bigint is taken for one.
 */
export function newOperationId(): bigint {
  return (1n << 62n) | (randomBytes(8).readBigUInt64BE() >> 2n);
}
