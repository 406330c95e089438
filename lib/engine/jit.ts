import type { TensorFunction } from "./compile.ts";
import type { Engine } from "./engine.ts";
import type { Executable } from "./executable.ts";
import type { NDArray } from "./nd_array.ts";

/** A compiled function of arrays of any shape. */
export type Jitted = (
  inputs: Readonly<Record<string, NDArray>>,
) => Promise<Record<string, Float32Array>>;

/**
 * Compiles a function of named tensors once for every set of shapes it is called with.
 *
 * @param engine Where it runs.
 * @param fn A pure function written against the TensorFlow.js API; `tf.grad` and similar functions work inside it.
 * @throws {UserError} in use, naming a kernel that the tracer lacks, or one that has no gradient.
 *
 * @example Compile a function and call it.
 * ```ts
 * import assert from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 * import { createEngine, jit } from "deep-defense";
 *
 * await using engine = await createEngine({ workers: 1 });
 * const square = jit(engine, ({ x }) => ({ y: tf.square(x!) }));
 * const { y } = await square({ x: { shape: [3], data: Float32Array.of(1, 2, 3) } });
 * assert.deepEqual(y, Float32Array.of(1, 4, 9));
 * ```
 */
export function jit(engine: Engine, fn: TensorFunction): Jitted {
  const compiled = new Map<string, Promise<Executable>>();
  return async (inputs) => {
    const shapes = Object.fromEntries(
      Object.entries(inputs).map(([name, { shape }]) => [name, shape]),
    );
    const key = JSON.stringify(shapes);
    const executable = compiled.get(key) ?? engine.compile(fn, shapes);
    compiled.set(key, executable);
    return (await executable)(
      Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data])),
    );
  };
}
