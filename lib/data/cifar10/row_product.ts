import * as tf from "@tensorflow/tfjs";
import { compile } from "../../engine/compile.ts";
import { createSession } from "../../engine/session.ts";

/** Rows that are multiplied at a time. */
const chunk = 1000;

/** Multiplies rows, [count, length], with a matrix; the product goes into `into`, or into a new array. */
export type RowProduct = (rows: Float32Array, into?: Float32Array) => Promise<Float32Array>;

/**
 * Prepares the product of any number of rows with a square matrix, x M, in chunks.
 *
 * @param matrix M, [length, length].
 * @param onRows Called with the number of rows done so far.
 */
export async function rowProduct(
  matrix: Float32Array,
  length: number,
  onRows: (done: number) => void = () => {},
): Promise<RowProduct> {
  const run = await createSession(
    compile(({ x, m }) => ({ product: tf.matMul(x!, m!) }), {
      x: [chunk, length],
      m: [length, length],
    }),
    "cpu",
  );
  const product = new Float32Array(chunk * length);
  return async (rows, into = new Float32Array(rows.length)) => {
    for (const { x, from, to } of chunks(rows, length)) {
      await run({ x, m: matrix }, { product });
      into.set(product.subarray(0, to - from), from);
      onRows(to / length);
    }
    return into;
  };
}

/**
 * The sum of the products of rows with themselves, X' X, added up over chunks in float64.
 *
 * @param rows X, [count, length].
 * @param onRows Called with the number of rows done so far.
 * @returns [length, length].
 */
export async function gramMatrix(
  rows: Float32Array,
  length: number,
  onRows: (done: number) => void = () => {},
): Promise<Float64Array> {
  const run = await createSession(
    compile(({ x }) => ({ gram: tf.matMul(x!, x!, true, false) }), { x: [chunk, length] }),
    "cpu",
  );
  const gram = new Float32Array(length * length);
  const sum = new Float64Array(length * length);
  for (const { x, to } of chunks(rows, length)) {
    await run({ x }, { gram });
    for (let i = 0; i < sum.length; i++) sum[i]! += gram[i]!;
    onRows(to / length);
  }
  return sum;
}

/** Rows copied into the same array, one chunk at a time; the last chunk is filled up with zeros. */
function* chunks(rows: Float32Array, length: number) {
  const x = new Float32Array(chunk * length);
  for (let from = 0; from < rows.length; from += x.length) {
    const to = Math.min(from + x.length, rows.length);
    x.set(rows.subarray(from, to));
    x.fill(0, to - from);
    yield { x, from, to };
  }
}
