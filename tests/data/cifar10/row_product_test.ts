import assert from "node:assert/strict";
import { gramMatrix, rowProduct } from "../../../lib/data/cifar10/row_product.ts";
import { normal, random } from "../../../lib/engine/random.ts";
import { sharedFloats } from "../../../lib/engine/shared_memory.ts";

const length = 3;
const gauss = normal(random("row product"));
const numbers = (count: number) => Float32Array.from({ length: count }, gauss);

for (const count of [1, 1000, 2003]) {
  Deno.test(`rowProduct: ${count} rows times a matrix, in place and in shared memory too`, async () => {
    const [rows, matrix] = [numbers(count * length), numbers(length * length)];
    const expected = Array.from(rows, (_, i) => {
      const [row, column] = [Math.floor(i / length), i % length];
      return [0, 1, 2].reduce(
        (sum, k) => sum + rows[row * length + k]! * matrix[k * length + column]!,
        0,
      );
    });
    const done: number[] = [];
    const times = await rowProduct(matrix, length, (rows) => done.push(rows));
    const fresh = await times(rows);
    const shared = sharedFloats(rows.length);
    shared.set(rows);
    await times(shared, shared);
    for (const actual of [fresh, shared]) {
      expected.forEach((value, i) => assert.ok(Math.abs(actual[i]! - value) < 1e-5));
    }
    assert.equal(done.at(-1), count);
  });

  Deno.test(`gramMatrix: ${count} rows`, async () => {
    const rows = numbers(count * length);
    const gram = await gramMatrix(rows, length);
    for (let i = 0; i < length; i++) {
      for (let j = 0; j < length; j++) {
        let sum = 0;
        for (let row = 0; row < count; row++) {
          sum += rows[row * length + i]! * rows[row * length + j]!;
        }
        assert.ok(Math.abs(gram[i * length + j]! - sum) < 1e-5 * count, `${i}, ${j}`);
      }
    }
  });
}
