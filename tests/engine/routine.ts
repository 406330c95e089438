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
}

/** Applies the function `scale` to a part, and writes into shared memory where it was given some. */
export const scaleRows: Routine<Scaling, Part, Float32Array> =
  ({ scale }, { factor }) => async ({ x, delay = 0, fail = false }) => {
    if (fail) throw new RangeError("scaling a part: expected it to fail");
    await new Promise((resolve) => setTimeout(resolve, delay));
    const { y } = await scale![2]!({ x, factor: Float32Array.of(factor) });
    if (x.buffer instanceof SharedArrayBuffer) x.set(y!);
    return y!;
  };

/** A routine that cannot be set up. */
export const broken: Routine<Scaling, Part, Float32Array> = () => {
  throw new Error("setting up a routine: expected it to fail");
};
