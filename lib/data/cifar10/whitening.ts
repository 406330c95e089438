import * as tf from "@tensorflow/tfjs";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { compile } from "../../engine/compile.ts";
import { createSession } from "../../engine/session.ts";

/** The smallest standard deviation along an eigenvector to divide by. */
const leastDeviation = 10;

/** A whitening and its inverse: symmetric matrices, [length, length]. */
export interface Whitening {
  readonly forward: Float32Array;
  readonly inverse: Float32Array;
}

/**
 * Whitening by zero-phase component analysis as in MatConvNet: V diag(s / max(sqrt(d), 10)) V' with the eigenvectors V and
 * eigenvalues d of a covariance, in float64, and s = sqrt(mean d), so that inputs keep their size.
 *
 * @param covariance [length, length], symmetric.
 */
export async function whiteningOf(covariance: Float64Array, length: number): Promise<Whitening> {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    Matrix.from1DArray(length, length, covariance),
    { assumeSymmetric: true },
  );
  const size = Math.sqrt(realEigenvalues.reduce((sum, d) => sum + d, 0) / length);
  // Rounding makes zero eigenvalues negative as often as positive.
  const gains = realEigenvalues.map((d) =>
    size / Math.max(Math.sqrt(Math.max(d, 0)), leastDeviation)
  );
  const vectors = Float32Array.from(eigenvectorMatrix.to1DArray());
  const recompose = await recomposition(length);
  return {
    forward: await recompose(vectors, Float32Array.from(gains)),
    inverse: await recompose(vectors, Float32Array.from(gains, (gain) => 1 / gain)),
  };
}

/** V diag(values) V' for eigenvectors, the columns of V. */
async function recomposition(length: number) {
  const run = await createSession(
    compile(
      ({ vectors, values }) => ({
        matrix: tf.matMul(tf.mul(vectors!, values!), vectors!, false, true),
      }),
      { vectors: [length, length], values: [1, length] },
    ),
    "cpu",
  );
  return async (vectors: Float32Array, values: Float32Array) =>
    (await run({ vectors, values })).matrix!;
}
