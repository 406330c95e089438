import { norm } from "../../compute/norms.ts";

/**
 * Two opposite pyramids, one above the other, of l2 norm 1: the l2 moves add them to a square (eta in the paper).
 *
 * @param side The square's side, at least 1; with 1 there is only the lower one.
 * @returns [side, side].
 */
export function bump(side: number): Float64Array {
  const upper = Math.floor(side / 2);
  const square = new Float64Array(side ** 2);
  square.set(pyramid(upper, side));
  square.set(pyramid(side - upper, side).map((height) => -height), upper * side);
  return normalized(square);
}

/** Squares of the values 1, 1/4, 1/9 and so on, stacked around the middle; of l2 norm 1. */
function pyramid(rows: number, columns: number): Float64Array {
  const [middleRow, middleColumn] = [Math.floor(rows / 2), Math.floor(columns / 2)];
  const last = Math.max(middleRow, middleColumn);
  const heights = Float64Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const first = Math.max(Math.abs(row - middleRow), Math.abs(column - middleColumn));
    let height = 0;
    for (let frame = first; frame <= last; frame++) height += (frame + 1) ** -2;
    return height;
  });
  return normalized(heights);
}

function normalized(v: Float64Array): Float64Array {
  const length = norm(v);
  return v.map((x) => x / length);
}
