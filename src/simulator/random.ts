/** A number from 0 (included) to 1 (excluded), as Math.random gives. */
export type Random = () => number;

/** Mulberry32: small, fast, and the same sequence for the same seed. Not for secrets of anything but a simulator. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** An integer from `min` to `max`, both included. */
export const integer = (random: Random, min: number, max: number): number =>
  min + Math.floor(random() * (max - min + 1));

const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Latin letters and digits, as StarGame's passwords are. */
export const word = (random: Random, length: number): string =>
  Array.from({ length }, () => LETTERS[integer(random, 0, LETTERS.length - 1)]).join('');
