import assert from "node:assert/strict";
import { studentInterval } from "../../lib/plots/student_interval.ts";

/** For the values -1, 0, ..., 0, 1 the half width is t * sqrt(2 / (n - 1) / n). */
function t(count: number): number {
  const values = [-1, 1, ...Array<number>(count - 2).fill(0)];
  const { halfWidth } = studentInterval(values) ?? {};
  return (halfWidth ?? NaN) / Math.sqrt(2 / (count - 1) / count);
}

Deno.test("studentInterval uses the table's t for as many seeds", () => {
  for (const [count, expected] of [[2, 12.706], [3, 4.303], [5, 2.776], [11, 2.228], [31, 2.042]]) {
    assert.ok(Math.abs(t(count!) - expected!) < 5e-4, `${count} values: t = ${t(count!)}`);
  }
});

Deno.test("studentInterval goes on past the table", () => {
  for (const [count, expected] of [[32, 2.0395], [41, 2.0211], [121, 1.9799], [1001, 1.9623]]) {
    assert.ok(Math.abs(t(count!) - expected!) < 1e-4, `${count} values: t = ${t(count!)}`);
  }
});

Deno.test("studentInterval of three seeds, by hand", () => {
  const interval = studentInterval([0.2, 0.21, 0.22]);
  assert.ok(interval?.halfWidth);
  assert.ok(Math.abs(interval.mean - 0.21) < 1e-12);
  assert.ok(Math.abs(interval.halfWidth - 4.3027 * 0.01 / Math.sqrt(3)) < 1e-6);
});

Deno.test("studentInterval has no width for one value and is null for none", () => {
  assert.deepEqual(studentInterval([null, 0.5, NaN]), { mean: 0.5, halfWidth: null, count: 1 });
  assert.equal(studentInterval([null]), null);
});
