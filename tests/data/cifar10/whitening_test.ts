import assert from "node:assert/strict";
import { whiteningOf } from "../../../lib/data/cifar10/whitening.ts";
import { normal, random } from "../../../lib/engine/random.ts";

const length = 5;
/** Standard deviations along the eigenvectors: two below 10, one zero. */
const deviations = [90, 30, 12, 7, 0];

/** An orthogonal matrix: its columns are the eigenvectors. */
const rotation = orthogonal();

/** A random orthogonal matrix, by Gram and Schmidt's method. */
function orthogonal(): number[][] {
  const gauss = normal(random("rotation"));
  const columns: number[][] = [];
  for (let k = 0; k < length; k++) {
    let column = Array.from({ length }, gauss);
    for (const other of columns) {
      const along = column.reduce((sum, value, i) => sum + value * other[i]!, 0);
      column = column.map((value, i) => value - along * other[i]!);
    }
    const norm = Math.hypot(...column);
    columns.push(column.map((value) => value / norm));
  }
  return columns;
}

/** The symmetric matrix of these values along the eigenvectors. */
function symmetric(values: readonly number[]): Float64Array {
  return Float64Array.from({ length: length * length }, (_, at) => {
    const [i, j] = [Math.floor(at / length), at % length];
    return values.reduce((sum, value, k) => sum + value * rotation[k]![i]! * rotation[k]![j]!, 0);
  });
}

Deno.test("whiteningOf: s / max(sqrt(d), 10) along every eigenvector, and its inverse", async () => {
  const { forward, inverse } = await whiteningOf(symmetric(deviations.map((s) => s * s)), length);
  const size = Math.sqrt((90 ** 2 + 30 ** 2 + 12 ** 2 + 7 ** 2) / 5);
  const gains = [size / 90, size / 30, size / 12, size / 10, size / 10];
  const expected = [symmetric(gains), symmetric(gains.map((gain) => 1 / gain))];
  [forward, inverse].forEach((matrix, which) => {
    matrix.forEach((value, i) => assert.ok(Math.abs(value - expected[which]![i]!) < 1e-5, `${i}`));
  });
});
