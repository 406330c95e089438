import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { dualNorms, linearStep } from "../../lib/attacks/deepfool/linear_step.ts";
import { norm, normGradient } from "../../lib/compute/norms.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { assertClose } from "../closeness.ts";
import {
  dual64,
  norm64,
  normGradient64,
  unitStep64,
  unitStepPullback64,
} from "../oracle/norm64.ts";
import { numbers } from "../engine/engines.ts";

const exponents = [1, 1.5, 2, 3, 8, Infinity];
const vector = numbers([50], "norms");
const cotangent = numbers([50], "cotangent");

for (const p of exponents) {
  Deno.test(`norms, p = ${p}: value and gradient are the float64 oracle's`, () => {
    assertClose([norm(vector, p)], [norm64(vector, p)], { relative: 1e-6 });
    const expected = normGradient64(Float64Array.from(vector), p).map((g) => 3 * g);
    assertClose(normGradient(vector, p, 3), expected, { relative: 1e-5 });
  });

  Deno.test(`the step onto a linearised boundary, p = ${p}: step, distance and gradient are the float64 oracle's`, async () => {
    await using engine = await createEngine({ workers: 1 });
    const run = await engine.compile(({ f, w, g }) => {
      const [df, dw] = tf.grads((f, w) => linearStep(f!, w!, p))([f!, w!], g!);
      return { step: linearStep(f!, w!, p), norms: dualNorms(w!, p), df: df!, dw: dw! };
    }, { f: [2], w: [2, 50], g: [2, 50] });
    // The second row has w = 0: no step, no gradient.
    const w = Float32Array.from([...vector, ...new Float32Array(50)]);
    const g = Float32Array.from([...cotangent, ...cotangent]);
    const { step, norms, df, dw } = await run({ f: Float32Array.of(-0.7, 0.4), w, g });
    const exact = Float64Array.from(vector);
    const unit = unitStep64(exact, p);
    assertClose(step!.subarray(0, 50), unit.map((u) => 0.7 * u), { relative: 1e-5 });
    assertClose(norms!, [norm64(vector, dual64(p)), 0], { relative: 1e-5 });
    const slope = -unit.reduce((sum, u, i) => sum + u * cotangent[i]!, 0);
    assertClose([df![0]!], [slope], { relative: 1e-4 });
    const pulled = unitStepPullback64(exact, p, Float64Array.from(cotangent)).map((v) => 0.7 * v);
    assertClose(dw!.subarray(0, 50), pulled, { relative: 1e-4 });
    for (const zeros of [step!.subarray(50), dw!.subarray(50), df!.subarray(1)]) {
      assert.ok(zeros.every((value) => value === 0));
    }
  });
}

Deno.test("norms: zero has norm 0 and gradient 0", () => {
  for (const p of exponents) {
    assert.equal(norm(new Float32Array(4), p), 0);
    assert.ok(normGradient(new Float32Array(4), p, 1).every((g) => g === 0));
  }
});

Deno.test("norms: entries that tie for the largest share the gradient", () => {
  assert.deepEqual([...normGradient(Float32Array.of(2, -2, 1), Infinity, 1)], [0.5, -0.5, 0]);
});

Deno.test("norms: squares that are no numbers of float32 do no harm", () => {
  for (const scale of [1e-37, 1e-20, 1e19, 1e37]) {
    const extreme = vector.map((value) => scale * value);
    for (const p of exponents) {
      const expected = normGradient64(Float64Array.from(extreme), p);
      assertClose([norm(extreme, p) / norm64(extreme, p)], [1], { relative: 1e-6 });
      assertClose(normGradient(extreme, p, 1), expected, { relative: 1e-5 });
    }
  }
});
