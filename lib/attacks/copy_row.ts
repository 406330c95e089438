import type { Attacked } from "./attacked.ts";

/** Puts what came of one sample, row `i` of an attack, into row `j` of another result of the same attack or of one that says less. */
export function copyRow(from: Attacked, i: number, to: Attacked, j: number): void {
  for (const [key, rows] of Object.entries(to)) {
    const source = from[key as keyof Attacked];
    if (!ArrayBuffer.isView(rows) || source === undefined) continue;
    const [own, goal] = [source as Float32Array, rows as Float32Array];
    const length = own.length / from.count;
    goal.set(own.subarray(i * length, (i + 1) * length), j * length);
  }
}
