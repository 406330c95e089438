/** A linear function's problem in a box: the smallest r with <w, r> = height and x + r in the box. */
export interface BoxedProblem {
  readonly w: readonly number[];
  readonly height: number;
  /** How far each element may go in the direction in which the function rises. */
  readonly room: readonly number[];
}

/**
 * The smallest step's p-norm in float64, for p = 1, 2 or inf; undefined where the box does not reach the boundary. By sorting and by
 * bisection, unlike the library.
 */
export function boxedDistance({ w, height, room }: BoxedProblem, p: number): number | undefined {
  const slopes = w.map(Math.abs);
  const gained = (moved: readonly number[]) => moved.reduce((sum, r, i) => sum + slopes[i]! * r, 0);
  if (gained(room) < height) return undefined;
  if (p === 1) return greedy(slopes, height, room);
  const speeds = p === 2 ? slopes : slopes.map(() => 1);
  const at = (time: number) => room.map((most, i) => Math.min(most, time * speeds[i]!));
  let [low, high] = [0, 1];
  while (gained(at(high)) < height) high *= 2;
  for (let middle = high / 2; low < middle && middle < high; middle = (low + high) / 2) {
    if (gained(at(middle)) < height) low = middle;
    else high = middle;
  }
  const moved = at(high);
  return p === 2 ? Math.hypot(...moved) : Math.max(...moved);
}

/** The steepest elements first, each as far as it may. */
function greedy(slopes: readonly number[], height: number, room: readonly number[]): number {
  let [missing, length] = [height, 0];
  for (const i of [...slopes.keys()].sort((a, b) => slopes[b]! - slopes[a]!)) {
    const moved = slopes[i]! > 0 ? Math.min(room[i]!, missing / slopes[i]!) : 0;
    missing -= slopes[i]! * moved;
    length += moved;
  }
  return length;
}
