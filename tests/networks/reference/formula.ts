import { size } from "../../../lib/engine/nd_array.ts";
import { shared } from "../../../lib/engine/shared_memory.ts";
import type { Weights } from "../../../lib/networks/weights.ts";

/** Numbers in [0, 1), the same for the same name: FNV-1a of the name, then a mix of it and each place. make.py has the same. */
export function hashed(name: string, count: number): Float64Array {
  const seed = [...name].reduce(
    (hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16777619),
    2166136261 | 0,
  );
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) { // Float64Array.from takes ten times as long
    let x = (Math.imul(i, 2654435761 | 0) + seed) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b | 0);
    numbers[i] = ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  }
  return numbers;
}

/** He et al.'s (2015) uniform weights; positive scales and variances; small offsets and means. */
export function formulaWeights(shapes: Readonly<Record<string, readonly number[]>>): Weights {
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const { offset, range } = rangeOf(name, shape);
    const u = hashed(name, size(shape));
    const data = shared(new Float32Array(u.map((value) => offset + (2 * value - 1) * range)));
    return [name, { shape, data }] as const;
  });
  return Object.fromEntries(entries);
}

function rangeOf(name: string, shape: readonly number[]) {
  const isScale = name.endsWith("weight") && shape.length === 1;
  if (isScale || name.endsWith("running_var")) return { offset: 1, range: 0.5 };
  if (shape.length === 1) return { offset: 0, range: 0.1 };
  return { offset: 0, range: Math.sqrt(6 / size(shape.slice(1))) };
}
