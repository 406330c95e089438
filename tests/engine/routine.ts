import type { Routine } from "../../lib/engine/executable.ts";

/** Settings of {@link scaleRows}. */
export interface Scaling {
  readonly factor: number;
}

/** What a worker is asked to scale: shared or its own numbers. */
export interface Part {
  readonly x: Float32Array;
  /** Milliseconds to wait first: workers end in another order than they began. */
  readonly delay?: number;
  readonly fail?: boolean;
  /** How often the function is called; once unless given. */
  readonly calls?: number;
}

/** Applies the function `scale` to a part, and writes into shared memory where it was given some. */
export const scaleRows: Routine<Scaling, Part, Float32Array> =
  ({ scale }, { factor }) => async ({ x, delay = 0, fail = false, calls = 1 }) => {
    if (fail) throw new RangeError("scaling a part: expected it to fail");
    await new Promise((resolve) => setTimeout(resolve, delay));
    let y = x;
    for (let call = 0; call < calls; call++) {
      y = (await scale![2]!({ x, factor: Float32Array.of(factor) })).y!;
      if (x.buffer instanceof SharedArrayBuffer) x.set(y);
    }
    return y;
  };

/** A routine that cannot be set up. */
export const broken: Routine<Scaling, Part, Float32Array> = () => {
  throw new Error("setting up a routine: expected it to fail");
};
