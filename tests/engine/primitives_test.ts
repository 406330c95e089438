import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { size } from "../../lib/engine/nd_array.ts";
import {
  convolution,
  type ConvolutionOptions,
  convolutionTranspose,
  convolvedExtents,
  filterGradient,
  perAxis,
  perSide,
} from "../../lib/engine/primitives/convolution.ts";
import {
  averagePool,
  firstMaximum,
  maskRows,
  maxPool,
  unpool,
  upsample,
  windowSum,
} from "../../lib/engine/primitives/pooling.ts";
import {
  maximumPositions,
  windowMaxima,
  type Windows,
} from "../../lib/engine/primitives/max_pooling.ts";
import { rowNorms } from "../../lib/engine/primitives/row_norms.ts";
import { gatherAt, scatterTo } from "../../lib/engine/primitives/positions.ts";
import { assertClose } from "../closeness.ts";
import {
  assertSame,
  type Case,
  createEngines,
  type Engines,
  evaluate,
  numbers,
} from "./engines.ts";

const [samples, inputs, outputs, height, width, kh, kw] = [2, 3, 4, 8, 7, 3, 2] as const;
const steps: ConvolutionOptions[] = [1, 2, 3].flatMap((stride) =>
  [0, 1, 2].map((pad) => ({ stride, pad }))
);

/** Steps with one group, two, and as many as there are channels; and the channels of input and output. */
const geometries = [
  ...steps.map((options) => ({ options, inputs, outputs })),
  { options: { groups: 2, pad: 1 }, inputs: 4, outputs: 6 },
  { options: { groups: 2, stride: 2 }, inputs: 2, outputs: 4 },
  { options: { groups: 3, stride: 2, pad: 2 }, inputs: 3, outputs: 3 },
  { options: { stride: [2, 1], pad: [0, 1, 2, 2] }, inputs, outputs },
  { options: { dilation: 2, pad: 1 }, inputs, outputs },
  { options: { dilation: [2, 3], stride: [2, 1], pad: [1, 2, 2, 1] }, inputs, outputs },
  { options: { dilation: [3, 2], stride: [2, 3], pad: 2, groups: 3 }, inputs: 3, outputs: 6 },
] satisfies readonly { options: ConvolutionOptions; inputs: number; outputs: number }[];

const convolutions: Case[] = geometries.flatMap(({ options, inputs, outputs }) => {
  const { stride = 1, pad = 0, dilation = 1, groups = 1 }: ConvolutionOptions = options;
  const x = [samples, inputs, height, width];
  const w = [outputs, inputs / groups, kh, kw];
  const y = [
    samples,
    outputs,
    ...convolvedExtents([height, width], [kh, kw], options),
  ];
  const label = `stride ${stride}, pad ${pad}${groups > 1 ? `, ${groups} groups` : ""}${
    dilation === 1 ? "" : `, dilated by ${dilation}`
  }`;
  return [
    [`convolution, ${label}`, [x, w], (x, w) => convolution(x!, w!, options)],
    [
      `convolutionTranspose, ${label}`,
      [y, w],
      (y, w) => convolutionTranspose(y!, w!, [height, width], options),
    ],
    [`filterGradient, ${label}`, [x, y], (x, y) => filterGradient(x!, y!, [kh, kw], options)],
  ] satisfies Case[];
});

const pools: Case[] = [2, 3].flatMap((window) => {
  const large = [2, 3, 2 * window, 3 * window];
  return [
    [`maxPool ${window}`, [large], (x) => maxPool(x!, window)],
    [`firstMaximum ${window}`, [large], (x) => firstMaximum(x!, window)],
    [`upsample ${window}`, [[2, 3, 2, 3]], (x) => upsample(x!, window)],
    [`averagePool ${window}`, [large], (x) => averagePool(x!, window)],
    [`windowSum ${window}`, [large], (x) => windowSum(x!, window)],
    [`unpool ${window}`, [[2, 3, 2, 3], large], (y, m) => unpool(y!, m!, window)],
    [`unpool ${window}, 4 rows a sample`, [[8, 3, 2, 3], large], (y, m) => unpool(y!, m!, window)],
  ] satisfies Case[];
});

/** Windows that overlap, reach over the border, leave rows over or leave gaps. */
const anyWindows: readonly Windows[] = [
  { window: 3, stride: 2, pad: 0 },
  { window: 3, stride: 2, pad: 1 },
  { window: 3, stride: 1, pad: 1 },
  { window: 2, stride: 2, pad: 0 },
  { window: 2, stride: 3, pad: 1 },
  { window: [2, 3], stride: [2, 3], pad: [1, 0, 1, 2] },
];
const label = ({ window, stride, pad }: Windows) =>
  `window ${window}, stride ${stride}, pad ${pad}`;

const maxima: Case[] = anyWindows.flatMap((windows) => {
  const x = [2, 3, 6, 7];
  const positions = () => maximumPositions(tf.tensor(numbers(x, "positions"), x), windows);
  const pooled = [2, 3, ...convolvedExtents([6, 7], perAxis(windows.window), windows)];
  const rows = (shape: readonly number[]) => shape.with(0, 4);
  return [
    [`windowMaxima, ${label(windows)}`, [x], (x) => windowMaxima(x!, windows)],
    [
      `gatherAt, 2 rows a sample, ${label(windows)}`,
      [rows(x)],
      (y) => gatherAt(y!, positions()),
    ],
    [
      `scatterTo, 2 rows a sample, ${label(windows)}`,
      [rows(pooled)],
      (y) => scatterTo(y!, positions(), [6, 7]),
    ],
  ] satisfies Case[];
});

const others: Case[] = [
  ["maskRows", [[3, 5], [3, 5]], (x, mask) => maskRows(x!, mask!)],
  ["rowNorms", [[4, 7]], (x) => rowNorms(x!)],
  ["maskRows, 2 rows a sample", [[6, 5], [3, 5]], (x, mask) => maskRows(x!, mask!)],
  [
    "convolution plus a bias",
    [[2, 3, 5, 5], [4, 3, 3, 3], [4]],
    (x, w, b) => tf.add(convolution(x!, w!), tf.reshape(b!, [1, -1, 1, 1])),
  ],
  [
    "convolution plus an image",
    [[2, 3, 5, 5], [4, 3, 3, 3], [1, 1, 3, 3]],
    (x, w, image) => tf.add(convolution(x!, w!), image!),
  ],
];

Deno.test("primitives and their gradients agree on onnx, cpu and central differences", async (t) => {
  await using engines = await createEngines();
  // Convolutions are linear in each operand: central differences are exact, and best far from rounding.
  for (const one of convolutions) await t.step(one[0], () => check(engines, one, 2 ** -4));
  for (const one of [...pools, ...maxima, ...others]) {
    await t.step(one[0], () => check(engines, one, 2 ** -10));
  }
});

/** Compares the primitive on both engines, then the gradient of <probe, primitive>. */
async function check(
  engines: Engines,
  [name, shapes, fn]: Case,
  epsilon: number,
): Promise<void> {
  await assertSame(engines, [name, shapes, fn]);
  const arrays = shapes.map((shape, i) => numbers(shape, `${name} ${i}`));
  const { types, arrays: [value] } = await evaluate(engines.cpu, fn, shapes, arrays);
  const probeShape = JSON.parse(types[0]!.replace("float32", "")) as number[];
  const probe = numbers(probeShape, `${name} ${shapes.length}`);
  const differentiated: Case[2] = (...tensors) => {
    const differentiate = tf.valueAndGrads((...xs) =>
      tf.sum(tf.mul(fn(...xs) as tf.Tensor, tensors.at(-1)!))
    );
    const { value, grads } = differentiate(tensors.slice(0, -1));
    return [value, ...grads];
  };
  const [total, ...gradients] = await assertSame(engines, [
    name,
    [...shapes, probeShape],
    differentiated,
  ]);
  assertClose(total!, [dot(value!, probe)], { absolute: 1e-4 });
  const along = async (sign: number, directions: readonly Float32Array[]) => {
    const moved = arrays.map((array, i) =>
      array.map((x, j) => x + sign * epsilon * directions[i]![j]!)
    );
    const { arrays: [value] } = await evaluate(engines.cpu, fn, shapes, moved);
    return dot(value!, probe);
  };
  for (const draw of [1, 2, 3]) {
    const directions = shapes.map((shape, i) => numbers(shape, `${name} direction ${draw} ${i}`));
    const slope = (await along(1, directions) - await along(-1, directions)) / (2 * epsilon);
    const expected = directions.reduce(
      (sum, direction, i) => sum + dot(direction, gradients[i]!),
      0,
    );
    assertClose([slope], [expected], { relative: 1e-3, absolute: 1e-3 });
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

Deno.test("a convolution is the sum over its windows", async () => {
  await using engines = await createEngines();
  for (const geometry of geometries) {
    const { options, inputs, outputs } = geometry;
    const { groups = 1 }: ConvolutionOptions = options;
    const shapes = [[samples, inputs, height, width], [outputs, inputs / groups, kh, kw]];
    const [x, w] = shapes.map((shape) => numbers(shape, "windows")) as [Float32Array, Float32Array];
    const fn: Case[2] = (x, w) => convolution(x!, w!, options);
    const { arrays: [y] } = await evaluate(engines.tested, fn, shapes, [x, w]);
    assertClose(y!, sumOverWindows(x, w, geometry));
  }
});

/** The definition, with loops, in double precision. */
function sumOverWindows(
  x: Float32Array,
  w: Float32Array,
  { options, inputs, outputs }: typeof geometries[number],
): number[] {
  const { stride = 1, pad = 0, dilation = 1, groups = 1 }: ConvolutionOptions = options;
  const [rows, columns] = convolvedExtents([height, width], [kh, kw], options);
  const [[down, right], [top, left], [apart, across]] = [
    perAxis(stride),
    perSide(pad),
    perAxis(dilation),
  ];
  const inGroup = inputs / groups;
  const at = (n: number, i: number, row: number, column: number) =>
    row < 0 || row >= height || column < 0 || column >= width
      ? 0
      : x[((n * inputs + i) * height + row) * width + column]!;
  return indices([samples, outputs, rows, columns]).map(([n, o, row, column]) => {
    const first = Math.floor(o! * groups / outputs) * inGroup;
    return indices([inGroup, kh, kw]).reduce(
      (sum, [i, u, v]) =>
        sum +
        at(
            n!,
            first + i!,
            row! * down + u! * apart - top,
            column! * right + v! * across - left,
          ) *
          w[((o! * inGroup + i!) * kh + u!) * kw + v!]!,
      0,
    );
  });
}

/** Every index of an array of this shape, in order. */
function indices(shape: readonly number[]): number[][] {
  return Array.from({ length: size(shape) }, (_, flat) => {
    const index: number[] = [];
    for (const extent of shape.toReversed()) {
      index.unshift(flat % extent);
      flat = Math.floor(flat / extent);
    }
    return index;
  });
}

Deno.test("the norms of rows are float64's wherever they are numbers of float32", async () => {
  await using engines = await createEngines();
  const scales = [1e-37, 1e-20, 1e-12, 1e-3, 1, 1e3, 1e12, 1e19, 1e37, 0];
  const shape = [scales.length, 30];
  const x = numbers(shape, "row norms").map((value, i) => value * scales[Math.floor(i / 30)]!);
  const expected = scales.map((_, i) =>
    Math.sqrt(x.subarray(i * 30, (i + 1) * 30).reduce((sum, value) => sum + value * value, 0))
  );
  for (const engine of [engines.tested, engines.cpu]) {
    const { arrays: [norms] } = await evaluate(engine, (x) => rowNorms(x!), [shape], [x]);
    assert.equal(norms!.at(-1), 0);
    expected.slice(0, -1).forEach((norm, i) => assertClose([norms![i]! / norm], [1]));
  }
});

Deno.test("the norms of ordinary rows are the roots of their sums of squares to the bit", async () => {
  await using engines = await createEngines();
  const plain: Case[2] = (x) => tf.sqrt(tf.sum(tf.square(x!), 1, true));
  const [shape, x] = [[20, 784], numbers([20, 784], "ordinary rows")];
  for (const engine of [engines.tested, engines.cpu]) {
    const [norms, roots] = await Promise.all(
      [(x: tf.Tensor) => rowNorms(x), plain].map((fn) => evaluate(engine, fn, [shape], [x])),
    );
    assert.deepEqual(norms!.arrays, roots!.arrays);
  }
});

Deno.test("of a window's tied maxima the first one is chosen", async () => {
  await using engines = await createEngines();
  const shape = [1, 1, 4, 4];
  // deno-fmt-ignore
  const x = Float32Array.of(
    0, 0,   1, 2,
    0, 0,   2, 2,
    -1, 3,  -5, -6,
    3, 3,   -6, -5,
  );
  // deno-fmt-ignore
  const first = Float32Array.of(
    1, 0,   0, 1,
    0, 0,   0, 0,
    0, 1,   1, 0,
    0, 0,   0, 0,
  );
  for (const engine of [engines.tested, engines.cpu]) {
    const { arrays: [mask] } = await evaluate(engine, (x) => firstMaximum(x!, 2), [shape], [x]);
    assert.deepEqual(mask, first);
    const gradient: Case[2] = (x) => tf.grad((x) => tf.sum(maxPool(x, 2)))(x!);
    assert.deepEqual((await evaluate(engine, gradient, [shape], [x])).arrays[0], first);
  }
});

Deno.test("unpooling puts each of K rows where its sample's switches are", async () => {
  await using engines = await createEngines();
  const [rows, window] = [3, 2];
  const shapes = [[2 * rows, 2, 2, 3], [2, 2, 4, 6]];
  const [y, x] = shapes.map((shape) => numbers(shape, "rows")) as [Float32Array, Float32Array];
  const fn: Case[2] = (
    y,
    x,
  ) => [unpool(y!, firstMaximum(x!, window), window), firstMaximum(x!, window)];
  for (const engine of [engines.tested, engines.cpu]) {
    const { arrays: [actual, mask] } = await evaluate(engine, fn, shapes, [y, x]);
    const expected = indices([2 * rows, 2, 4, 6]).map(([row, c, i, j]) =>
      mask![((Math.floor(row! / rows) * 2 + c!) * 4 + i!) * 6 + j!]! *
      y[((row! * 2 + c!) * 2 + Math.floor(i! / window)) * 3 + Math.floor(j! / window)]!
    );
    assertClose(actual!, expected);
  }
});

Deno.test("window maxima, their positions and what is put there are the definition's, with ties", async () => {
  await using engines = await createEngines();
  const [rows, shape] = [2, [2, 2, 6, 7]];
  const x = numbers(shape, "tied windows").map((x) => Math.round(x) + 0);
  for (const windows of anyWindows) {
    const { at, pooled } = firstMaxima(x, shape, windows);
    const y = numbers(pooled.with(0, 2 * rows), "seeds");
    const put = new Float64Array(rows * x.length);
    y.forEach((value, i) => put[positionOf(i, at, pooled, rows, 42)]! += value);
    const fn: Case[2] = (x, y) => {
      const positions = maximumPositions(x!, windows);
      return [windowMaxima(x!, windows), positions, scatterTo(y!, positions, [6, 7])];
    };
    for (const engine of [engines.tested, engines.cpu]) {
      const shapes = [shape, pooled.with(0, 2 * rows)];
      const { arrays } = await evaluate(engine, fn, shapes, [x, y]);
      assert.deepEqual([...arrays[1]!], at);
      assert.deepEqual(
        [...arrays[0]!],
        at.map((_, i) => x[positionOf(i, at, pooled, 1, 42)]!),
      );
      assertClose(arrays[2]!, put);
    }
  }
});

/** Every window's first maximum, by loops: its position in its image. */
function firstMaxima(x: Float32Array, shape: number[], { window, stride, pad }: Windows) {
  const [, channels, height, width] = shape as [number, number, number, number];
  const [kernel, [down, right], [top, left]] = [perAxis(window), perAxis(stride), perSide(pad)];
  const pooled = [
    ...shape.slice(0, 2),
    ...convolvedExtents([height, width], kernel, { stride, pad }),
  ];
  const at = indices(pooled).map(([n, c, i, j]) => {
    const inside = indices([...kernel])
      .map(([u, v]) => [i! * down + u! - top, j! * right + v! - left] as const)
      .filter(([row, column]) => row >= 0 && row < height && column >= 0 && column < width)
      .map(([row, column]) => row * width + column);
    const value = (position: number) => x[(n! * channels + c!) * height * width + position]!;
    return inside.reduce((best, next) => value(next) > value(best) ? next : best);
  });
  return { at, pooled };
}

/** Where the i-th of K rows a sample of pooled numbers is in the images. */
function positionOf(i: number, at: number[], pooled: number[], rows: number, image: number) {
  const [, channels, height, width] = pooled as [number, number, number, number];
  const each = height * width;
  const [row, inRow] = [Math.floor(i / (channels * each)), i % (channels * each)];
  const channel = row * channels + Math.floor(inRow / each);
  return channel * image + at[Math.floor(row / rows) * channels * each + inRow]!;
}

Deno.test("positions stay inside the image where all is NaN: a step that diverges says so itself", async () => {
  await using engines = await createEngines();
  const shape = [2, 2, 5, 1];
  const fn: Case[2] = (x) => {
    const positions = maximumPositions(x!, { window: 3, stride: 2, pad: 1 });
    return scatterTo(gatherAt(x!, positions), positions, [5, 1]);
  };
  for (const engine of [engines.tested, engines.cpu]) {
    const { arrays } = await evaluate(engine, fn, [shape], [new Float32Array(20).fill(NaN)]);
    assert.ok(arrays[0]!.some(Number.isNaN));
  }
});
