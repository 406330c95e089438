import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import assert from "node:assert/strict";
import { whitenedDataset } from "../../../lib/data/cifar10/whitened_dataset.ts";
import { random } from "../../../lib/engine/random.ts";
import { withFolder } from "../idx/fixture.ts";
import { isUserError } from "../user_error.ts";

const length = 12;

/** Images with contrasts on both sides of 40. */
function rawSplit(count: number, key: string) {
  const next = random("whitened", key);
  const pixels = Uint8Array.from({ length: count * length }, (_, i) => {
    const image = Math.floor(i / length);
    return 120 + (image % 5) * 50 * (next() - 0.5) + (i % length) * (image % 3);
  });
  return { pixels, labels: Uint8Array.from({ length: count }, (_, i) => i % 4), count };
}

const raw = {
  id: "small",
  title: "Small",
  checksum: "0123456789abcdef".repeat(4),
  inputShape: [3, 2, 2] as const,
  classes: 4,
  train: rawSplit(300, "train"),
  test: rawSplit(40, "test"),
};

/** MatConvNet's recipe in float64, on matrices of one image a row. */
function recipe() {
  const all = Matrix.from1DArray(340, length, [...raw.train.pixels, ...raw.test.pixels]);
  const training = (matrix: Matrix) => matrix.subMatrix(0, 299, 0, length - 1);
  const centered = all.subRowVector(training(all).mean("column"));
  centered.subColumnVector(centered.mean("row"));
  const deviations = centered.to2DArray().map((row) => Math.hypot(...row) / Math.sqrt(length - 1));
  const common = deviations.reduce((sum, n) => sum + n) / 340;
  const factors = deviations.map((n) => common / Math.max(n, 40));
  const normalized = centered.mulColumnVector(factors);
  const covariance = training(normalized).transpose().mmul(training(normalized)).div(340);
  const { realEigenvalues, eigenvectorMatrix: v } = new EigenvalueDecomposition(covariance);
  const size = Math.sqrt(realEigenvalues.reduce((sum, d) => sum + d) / length);
  const gains = realEigenvalues.map((d) => size / Math.max(Math.sqrt(Math.max(d, 0)), 10));
  const whitened = normalized.mmul(v).mulRowVector(gains).mmul(v.transpose());
  return { inputs: whitened.to2DArray(), factors, v, gains, deviations };
}

/** The largest difference of two lists. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

Deno.test("whitenedDataset: MatConvNet's recipe", () =>
  withFolder(async (dir) => {
    const { train, test, ...facts } = await whitenedDataset(raw, dir);
    const { inputs, deviations } = recipe();
    assert.ok(distance(train.images, inputs.slice(0, 300).flat()) < 1e-3);
    assert.ok(distance(test.images, inputs.slice(300).flat()) < 1e-3);
    assert.deepEqual([...train.labels, ...test.labels], [...raw.train.labels, ...raw.test.labels]);
    assert.deepEqual([facts.id, facts.checksum, facts.classes], [raw.id, raw.checksum, 4]);
    assert.ok(deviations.some((n) => n > 50) && deviations.some((n) => n < 30));
  }));

Deno.test("whitenedDataset: inputs go back to their own pixels, one by one and together", () =>
  withFolder(async (dir) => {
    const { toPixels, rowsToPixels, ...dataset } = await whitenedDataset(raw, dir);
    for (const split of ["train", "test"] as const) {
      const { images, count } = dataset[split];
      const { pixels } = raw[split];
      const indices = Uint32Array.from({ length: count }, (_, i) => i);
      assert.ok(distance(await rowsToPixels!(images, split, indices), pixels) < 1e-3);
      for (const index of indices) {
        const [from, to] = [index * length, (index + 1) * length];
        const one = toPixels(images.subarray(from, to), split, index);
        assert.ok(distance(one, pixels.subarray(from, to)) < 1e-3);
      }
    }
    assert.throws(() => toPixels(dataset.test.images, "test", 0), /of 12 values, got 480/);
  }));

Deno.test("whitenedDataset: a perturbation goes back by the image's own contrast", () =>
  withFolder(async (dir) => {
    const { test, toPixels } = await whitenedDataset(raw, dir);
    const { factors, v, gains } = recipe();
    const delta = Float32Array.from({ length }, (_, i) => 5 * Math.sin(i));
    for (let index = 0; index < 5; index++) {
      const x = test.images.subarray(index * length, (index + 1) * length);
      const moved = toPixels(x.map((value, i) => value + delta[i]!), "test", index);
      const before = toPixels(x, "test", index);
      const expected = Matrix.rowVector([...delta]).mmul(v).divRowVector(gains).mmul(v.transpose())
        .div(factors[300 + index]!);
      assert.ok(distance(moved.map((value, i) => value - before[i]!), expected.getRow(0)) < 1e-3);
    }
  }));

Deno.test("whitenedDataset: computed once, kept under the checksum", () =>
  withFolder(async (dir) => {
    const phases: string[] = [];
    const load = (checksum = raw.checksum) =>
      whitenedDataset({ ...raw, checksum }, dir, (phase) => void phases.push(phase));
    const first = await load();
    assert.ok(phases.some((phase) => phase.includes("eigenvectors")));
    phases.length = 0;
    const again = await load();
    assert.deepEqual(phases, []);
    assert.deepEqual([...again.test.images], [...first.test.images]);
    await load("other".repeat(10));
    assert.ok(phases.length > 0);
  }));

Deno.test("whitenedDataset: a kept file of another length is named", () =>
  withFolder(async (dir) => {
    await whitenedDataset(raw, dir);
    const path = `${dir}/whitened-0123456789abcdef/train.f32`;
    await Deno.truncate(path, 100);
    const message = /train\.f32: expected 14400 bytes, got 100; remove its folder/;
    await assert.rejects(whitenedDataset(raw, dir), isUserError(message));
  }));
