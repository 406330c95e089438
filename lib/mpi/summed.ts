import type { Arrays } from "../engine/executable.ts";
import type { Sums } from "../engine/traced_program.ts";
import type { Memory } from "./packing.ts";
import type { World } from "./world.ts";

/**
 * The sum over all ranks of the arrays that a call's shards left, by name; it is whole on rank 0 only. All ranks take part, those
 * without shards too.
 *
 * @param sets A set of arrays for each of this rank's shards.
 */
export async function summed(
  world: World,
  { lengths }: Sums,
  sets: readonly Arrays[],
  memory: Memory,
): Promise<Arrays> {
  const names = Object.keys(lengths);
  const length = Object.values(lengths).reduce((sum, one) => sum + one, 0);
  const all = memory("sum", { kind: "Float32Array", length }) as Float32Array;
  let at = 0;
  const views = names.map((name) => [name, all.subarray(at, at += lengths[name]!)] as const);
  for (const [name, view] of views) {
    view.fill(0);
    for (const arrays of sets) add(view, arrays[name]!);
  }
  if (length > 0) await world.sum(all);
  return Object.fromEntries(views);
}

function add(sum: Float32Array, part: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += part[i]!;
}
