/** What it costs to pair two, or to leave one alone. Infinity: not possible. */
export type Costs = {
  pair(a: number, b: number): number;
  skipA(a: number): number;
  skipB(b: number): number;
};

const PAIR = 0;
const SKIP_A = 1;
const SKIP_B = 2;

/**
 * The cheapest way to pair two sequences without crossing: for each of the first its partner in the second, or -1. Of equally cheap ways
 * always the same one. Time and memory go with the product of the lengths: for short sequences.
 */
export function align(aCount: number, bCount: number, costs: Costs): Int32Array {
  const width = bCount + 1;
  const moves = new Uint8Array((aCount + 1) * width);
  let above = new Float64Array(width);
  let current = new Float64Array(width);
  const skipB = new Float64Array(width);
  for (let b = 1; b <= bCount; b += 1) {
    skipB[b] = costs.skipB(b - 1);
    above[b] = at(above, b - 1) + at(skipB, b);
    moves[b] = SKIP_B;
  }
  for (let a = 1; a <= aCount; a += 1) {
    const skipA = costs.skipA(a - 1);
    current[0] = at(above, 0) + skipA;
    moves[a * width] = SKIP_A;
    for (let b = 1; b <= bCount; b += 1) {
      let best = at(above, b - 1) + costs.pair(a - 1, b - 1);
      let move = PAIR;
      const withoutB = at(current, b - 1) + at(skipB, b);
      if (withoutB < best) {
        best = withoutB;
        move = SKIP_B;
      }
      const withoutA = at(above, b) + skipA;
      if (withoutA < best) {
        best = withoutA;
        move = SKIP_A;
      }
      current[b] = best;
      moves[a * width + b] = move;
    }
    [above, current] = [current, above];
  }
  return partners(aCount, bCount, moves);
}

/** Follows the moves back from the end. */
function partners(aCount: number, bCount: number, moves: Uint8Array): Int32Array {
  const partnerOf = new Int32Array(aCount).fill(-1);
  let a = aCount;
  let b = bCount;
  while (a > 0 || b > 0) {
    const move = moves[a * (bCount + 1) + b];
    if (move === PAIR) partnerOf[a - 1] = b - 1;
    if (move !== SKIP_B) a -= 1;
    if (move !== SKIP_A) b -= 1;
  }
  return partnerOf;
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}
