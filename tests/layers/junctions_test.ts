import assert from "node:assert/strict";
import { UserError } from "../../lib/engine/user_error.ts";
import { sigmoid } from "../../lib/layers/activations/sigmoid.ts";
import { tanh } from "../../lib/layers/activations/tanh.ts";
import { dense } from "../../lib/layers/dense.ts";
import { conv2d } from "../../lib/layers/conv2d.ts";
import { graph } from "../../lib/layers/graph.ts";
import { add } from "../../lib/layers/junctions/add.ts";
import { concat } from "../../lib/layers/junctions/concat.ts";
import type { Junction } from "../../lib/layers/junctions/junction.ts";
import { choose } from "../../lib/layers/junctions/choose.ts";
import { einsum } from "../../lib/layers/junctions/einsum.ts";
import { matMul } from "../../lib/layers/junctions/mat_mul.ts";
import { maximum, minimum } from "../../lib/layers/junctions/maximum.ts";
import { reshape } from "../../lib/layers/reshape.ts";
import { transpose } from "../../lib/layers/transpose.ts";
import { div } from "../../lib/layers/junctions/div.ts";
import { mul } from "../../lib/layers/junctions/mul.ts";
import { sub } from "../../lib/layers/junctions/sub.ts";
import type { Layer } from "../../lib/layers/layer.ts";
import { constantValue } from "../../lib/layers/constants/constant_value.ts";
import { mean } from "../../lib/layers/mean.ts";
import { serial } from "../../lib/layers/serial.ts";
import { assertClose } from "../closeness.ts";
import { createEngines, evaluate, numbers } from "../engine/engines.ts";
import { checkLayer } from "./check_layer.ts";

const deviation = 0.5;

/** A junction whose inputs are layers of one input. */
function joined(junction: Junction, layers: Readonly<Record<string, Layer>>): Layer {
  const branches = Object.entries(layers).map(([name, layer]) =>
    [name, { layer, from: "input" }] as const
  );
  return graph({
    ...Object.fromEntries(branches),
    joined: { layer: junction, from: Object.keys(layers) },
  }, "joined");
}

const conv = (channels: number) => conv2d(channels, 3, { pad: 1, deviation });
const fc = (outputs: number) => dense(outputs, { deviation });

const sigmoid4 = () => serial({ fc: fc(4), sigmoid: sigmoid() });

checkLayer("add of three vectors", {
  layer: joined(add(), { a: fc(4), b: fc(4), c: fc(4) }),
  inputShape: [5],
});
checkLayer("add of images", {
  layer: joined(add(), { a: conv(3), b: conv(3) }),
  inputShape: [2, 3, 4],
});
checkLayer("sub", { layer: joined(sub(), { a: fc(4), b: fc(4) }), inputShape: [5] });
checkLayer("mul of vectors", { layer: joined(mul(), { a: fc(4), b: fc(4) }), inputShape: [5] });
checkLayer("mul of images", {
  layer: joined(mul(), { a: sigmoid(), b: conv(2) }),
  inputShape: [2, 3, 4],
});
checkLayer("add of a vector per channel to an image", {
  layer: joined(add(), { a: mean([2, 3], { keepAxes: true }), b: tanh() }),
  inputShape: [2, 3, 4],
});
checkLayer("sub of a row from an image", {
  layer: joined(sub(), { a: tanh(), b: mean([2], { keepAxes: true }) }),
  inputShape: [2, 3, 4],
});
checkLayer("mul of an image by a number per channel: squeeze and excite", {
  layer: joined(mul(), { a: conv(2), b: mean([2, 3], { keepAxes: true }) }),
  inputShape: [2, 3, 4],
});
checkLayer("div of vectors", {
  layer: joined(div(), { a: fc(4), b: sigmoid4() }),
  inputShape: [5],
});
checkLayer("div of a number per channel by an image", {
  layer: joined(div(), { a: mean([2, 3], { keepAxes: true }), b: sigmoid() }),
  inputShape: [2, 3, 4],
});
checkLayer("concat of channels", {
  layer: joined(concat(), { a: conv(1), b: conv(3), c: tanh() }),
  inputShape: [2, 3, 4],
});
checkLayer("concat of vectors", {
  layer: joined(concat(), { a: fc(2), b: fc(3) }),
  inputShape: [4],
});
checkLayer("concat of a constant and what depends on the input", {
  layer: joined(concat({ axis: 2 }), {
    a: constantValue([1, 2, 1, 4], { initial: 0.7 }, [2, 1, 4]),
    b: tanh(),
  }),
  inputShape: [2, 3, 4],
});
checkLayer("concat of rows", {
  layer: joined(concat({ axis: 2 }), { a: conv(2), b: tanh() }),
  inputShape: [2, 3, 4],
});
checkLayer("concat of columns, the last axis", {
  layer: joined(concat({ axis: -1 }), { a: conv(2), b: tanh() }),
  inputShape: [2, 3, 4],
});

checkLayer("matMul of vectors as matrices", {
  layer: joined(matMul(), {
    a: serial({ fc: fc(6), matrix: reshape([2, 3]) }),
    b: serial({ fc: fc(12), matrix: reshape([3, 4]) }),
  }),
  inputShape: [5],
});
checkLayer("matMul of batches of matrices", {
  layer: joined(matMul(), {
    a: conv(2),
    b: serial({ tanh: tanh(), turned: transpose([1, 3, 2]) }),
  }),
  inputShape: [2, 3, 4],
});
checkLayer("einsum of attention", {
  layer: joined(einsum("bihd,bjhd->bhij"), { a: tanh(), b: sigmoid() }),
  inputShape: [3, 2, 4],
});
checkLayer("einsum of two sums", {
  layer: joined(einsum("b p q r, b q p s -> b s r"), {
    a: tanh(),
    b: serial({ turned: transpose([2, 1, 3]), sigmoid: sigmoid() }),
  }),
  inputShape: [3, 2, 4],
});
checkLayer("maximum", { layer: joined(maximum(), { a: fc(6), b: fc(6) }), inputShape: [5] });
checkLayer("minimum of an image and a number per channel", {
  layer: joined(minimum(), { a: mean([2, 3], { keepAxes: true }), b: conv(2) }),
  inputShape: [2, 3, 4],
});
checkLayer("choose, by a mask", {
  layer: joined(choose({ shape: [3, 1], data: Float32Array.of(1, 0, 1) }), {
    a: tanh(),
    b: conv(2),
  }),
  inputShape: [2, 3, 4],
});
checkLayer("choose between an image and a number per channel", {
  layer: joined(choose({ shape: [2, 1, 4], data: Float32Array.of(1, 0, 1, 0, 0, 0, 1, 1) }), {
    a: conv(2),
    b: mean([2, 3], { keepAxes: true }),
  }),
  inputShape: [2, 3, 4],
});

/** What a junction makes of two samples of three numbers and as many others. */
const values: readonly [string, Junction, (a: number, b: number) => number][] = [
  ["add", add(), (a, b) => a + b],
  ["sub", sub(), (a, b) => a - b],
  ["mul", mul(), (a, b) => a * b],
];

for (const [name, junction, expected] of values) {
  Deno.test(`${name} computes element by element, in the order of its inputs`, async () => {
    await using engines = await createEngines();
    const [a, b] = [numbers([2, 3], "a"), numbers([2, 3], "b")];
    const { arrays } = await evaluate(
      engines.tested,
      (a, b) => junction.forward({}, [a!, b!]).output,
      [[2, 3], [2, 3]],
      [a, b],
    );
    assertClose(arrays[0]!, a.map((value, i) => expected(value, b[i]!)), { relative: 1e-7 });
  });
}

Deno.test("concat keeps every sample's numbers together, input after input", async () => {
  await using engines = await createEngines();
  const { arrays } = await evaluate(
    engines.tested,
    (a, b) => concat().forward({}, [a!, b!]).output,
    [[2, 1], [2, 2]],
    [Float32Array.of(1, 4), Float32Array.of(2, 3, 5, 6)],
  );
  assert.deepEqual([...arrays[0]!], [1, 2, 3, 4, 5, 6]);
});

Deno.test("a junction of K rows per sample multiplies every row with its own sample", async () => {
  await using engines = await createEngines();
  const { arrays } = await evaluate(
    engines.tested,
    (a, b, gradient) => {
      const { trace } = mul().forward({}, [a!, b!]);
      return [...mul().reverse({}, trace, gradient!)];
    },
    [[2, 1], [2, 1], [4, 1]],
    [Float32Array.of(2, 3), Float32Array.of(5, 7), Float32Array.of(1, 10, 1, 10)],
  );
  assert.deepEqual(arrays.map((array) => [...array]), [[5, 50, 7, 70], [2, 20, 3, 30]]);
});

/** Junctions, the shapes of inputs that they do not take, and what they say. */
const misfits: Readonly<Record<string, [Junction, (readonly number[])[], RegExp]>> = {
  "add of two shapes": [
    add(),
    [[2, 3], [2, 3], [3, 2]],
    /building a sum: expected two or more inputs of one shape, or with extents of 1, got \[2,3\], \[2,3\], \[3,2\]$/,
  ],
  "add of one": [add(), [[2]], /two or more inputs of one shape, .* got \[2\]$/],
  "shapes of other ranks": [
    mul(),
    [[3, 4, 4], [3, 1]],
    /building a product: expected two inputs of one shape, or with extents of 1, got \[3,4,4\], \[3,1\]$/,
  ],
  "mul of three": [mul(), [[2], [2], [2]], /two inputs of one shape, .* got \[2\], \[2\], \[2\]$/],
  "sub of three": [sub(), [[2], [2], [2]], /building a difference: expected two inputs/],
  "a product of matrices that do not fit": [
    matMul(),
    [[2, 3], [2, 3]],
    /building a product of matrices: expected \[..., rows, inner\] and .*, got \[2,3\], \[2,3\]$/,
  ],
  "a product of a matrix and a vector": [matMul(), [[2, 3], [3]], /got \[2,3\], \[3\]$/],
  "a sum of inputs that do not fit": [
    einsum("bij,bjk->bik"),
    [[2, 3], [2, 3]],
    /letters begin with the batch's, like "bij,bjk->bik", got bij,bjk->bik for \[2,3\], \[2,3\]$/,
  ],
  "concat along the batch": [
    concat({ axis: 0 }),
    [[2], [2]],
    /along axis 0: expected inputs that have this axis, not the batch's, .* got \[2\], \[2\]$/,
  ],
  "concat along the batch, counted from the end": [concat({ axis: -2 }), [[2], [2]], /axis -2/],
  "concat along an axis that is not there": [concat({ axis: 2 }), [[2], [2]], /axis 2/],
  "concat of other images": [
    concat(),
    [[2, 4, 4], [3, 4, 5]],
    /agree in all others, got \[2,4,4\], \[3,4,5\]$/,
  ],
  "concat of an image and a vector": [concat(), [[2], [2, 4, 4]], /got \[2\], \[2,4,4\]$/],
  "concat of nothing": [concat(), [], /got none$/],
};

for (const [name, [junction, inputShapes, message]] of Object.entries(misfits)) {
  Deno.test(`a junction refuses inputs that do not fit together: ${name}`, () => {
    assert.throws(() => junction.describe(inputShapes), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, message);
      return true;
    });
  });
}
