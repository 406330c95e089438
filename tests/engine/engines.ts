import type * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import {
  type BackendName,
  createEngine,
  type Engine,
  type EngineOptions,
} from "../../lib/engine/engine.ts";
import { size } from "../../lib/engine/nd_array.ts";
import { normal, random } from "../../lib/engine/random.ts";
import { assertClose, type Closeness } from "../closeness.ts";

/** A function of tensors, as tests write it down. */
export type Fn = (...tensors: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/** The backend under test: onnx, or what `deno task test:tensorflow` says. */
export const testedBackend: BackendName =
  Deno.env.get("DEEP_DEFENSE_TESTED_BACKEND") === "tensorflow" ? "tensorflow" : "onnx";

/** An engine of the backend under test. */
export const tested: EngineOptions = { backend: testedBackend, workers: 1 };

/** A function to run on both engines, and the shapes of its inputs. */
export type Case = readonly [name: string, shapes: readonly (readonly number[])[], fn: Fn];

/** The engine under test and the one that it is compared with. */
export interface Engines extends AsyncDisposable {
  readonly tested: Engine;
  readonly cpu: Engine;
}

/** Creates an engine of the backend under test, and the reference. */
export async function createEngines(): Promise<Engines> {
  const engine = await createEngine(tested);
  const cpu = await createEngine({ backend: "cpu" });
  return { tested: engine, cpu, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() };
}

/** Normal numbers; the same for the same name. */
export function numbers(shape: readonly number[], name: string): Float32Array {
  return Float32Array.from({ length: size(shape) }, normal(random("tests", name)));
}

/** What one run of a function gives: arrays, and the shapes and types it said they would have. */
export interface Outcome {
  readonly arrays: readonly Float32Array[];
  readonly types: readonly string[];
}

/** Compiles a function and runs it on the given inputs. */
export async function evaluate(
  engine: Engine,
  fn: Fn,
  shapes: readonly (readonly number[])[],
  inputs: readonly Float32Array[],
): Promise<Outcome> {
  let types: string[] = [];
  const executable = await engine.compile(
    (named) => {
      const outputs = [fn(...shapes.map((_, i) => named[`in${i}`]!))].flat();
      types = outputs.map(({ dtype, shape }) => `${dtype}[${shape}]`);
      return Object.fromEntries(outputs.map((tensor, i) => [`out${i}`, tensor]));
    },
    Object.fromEntries(shapes.map((shape, i) => [`in${i}`, shape])),
  );
  const outputs = await executable(Object.fromEntries(inputs.map((data, i) => [`in${i}`, data])));
  return { arrays: types.map((_, i) => outputs[`out${i}`]!), types };
}

/** Asserts that both engines give the same numbers, shapes and types; returns the reference's. */
export async function assertSame(
  { tested, cpu }: Engines,
  [name, shapes, fn]: Case,
  closeness: Closeness = { relative: 1e-6, absolute: 1e-6 },
): Promise<readonly Float32Array[]> {
  const inputs = shapes.map((shape, i) => numbers(shape, `${name} ${i}`));
  const [actual, expected] = [
    await evaluate(tested, fn, shapes, inputs),
    await evaluate(cpu, fn, shapes, inputs),
  ];
  assert.deepEqual(actual.types, expected.types);
  expected.arrays.forEach((array, i) => assertClose(actual.arrays[i]!, array, closeness));
  return expected.arrays;
}
