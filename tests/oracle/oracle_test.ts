/** The oracle against what it cannot share: central differences, geometry, sums by hand. */
import assert from "node:assert/strict";
import {
  argmax64,
  at,
  forward64,
  type Gradients64,
  inputGradient64,
  type Network64,
  selections64,
  type Weights64,
} from "./network64.ts";
import { dot64, dual64, norm64, normGradient64, unitStep64, unitStepPullback64 } from "./norm64.ts";
import { deepfool64, moved64 } from "./deepfool64.ts";
import {
  crossEntropy64,
  regularizer64,
  regularizerGiven64,
  regularizerGradient64,
  type RegularizerOptions64,
} from "./regularizer64.ts";

type Normal = () => number;

interface Problem {
  readonly network: Network64;
  readonly weights: Weights64;
  readonly rows: Float64Array[];
  readonly labels: number[];
}

const mlp: Network64 = {
  inputShape: [9],
  layers: [
    { kind: "dense", name: "fc1" },
    { kind: "relu" },
    { kind: "dense", name: "fc2" },
    { kind: "relu" },
    { kind: "dense", name: "fc3" },
  ],
};
const mlpShapes = { fc1: [12, 9], fc2: [8, 12], fc3: [4, 8] };

const convolutional: Network64 = {
  inputShape: [2, 6, 6],
  layers: [
    { kind: "conv", name: "conv1", pad: 1 },
    { kind: "maxPool", size: 2 },
    { kind: "conv", name: "conv2" },
    { kind: "relu" },
    { kind: "flatten" },
    { kind: "dense", name: "fc1" },
    { kind: "relu" },
    { kind: "dense", name: "fc2" },
  ],
};
const convolutionalShapes = { conv1: [3, 2, 3, 3], conv2: [4, 3, 2, 2], fc1: [8, 16], fc2: [4, 8] };

const problems: Record<string, (seed: number) => Problem> = {
  mlp: (seed) => problem(mlp, mlpShapes, seed),
  convolutional: (seed) => problem(convolutional, convolutionalShapes, seed),
};

for (const [name, make] of Object.entries(problems)) {
  for (const p of [2, Infinity, 4, 1]) {
    for (const shape of p === 2 ? ["exponential", "linear"] as const : ["exponential"] as const) {
      Deno.test(`${name}, p = ${p}, R ${shape}: gradient = central differences`, () => {
        checkRegularizer(make(7), { p, shape, lambda: 3, c: 2, d: 1.5, iterations: 5 });
      });
    }
  }

  Deno.test(`${name}: cross-entropy's gradient = central differences`, () => {
    const { network, weights, rows, labels } = make(3);
    const { gradients } = crossEntropy64(network, weights, rows, labels);
    checkDirections(weights, gradients, (moved) => ({
      value: crossEntropy64(network, moved, rows, labels).value,
      branch: rows.map((x) => selections64(forward64(network, moved, x))).join(),
    }));
  });

  Deno.test(`${name}: input gradient = central differences`, () => {
    const normal = normals(5);
    const { network, weights, rows } = make(5);
    const x = at(rows, 0);
    const seed = vector(4, normal);
    const gradient = inputGradient64(forward64(network, weights, x), seed);
    checkDirections({ x: { shape: [x.length], data: x } }, { x: { shape: [], data: gradient } }, (
      moved,
    ) => {
      const pass = forward64(network, weights, at(Object.values(moved), 0).data);
      return { value: dot64(seed, pass.logits), branch: selections64(pass) };
    });
  });
}

Deno.test("DeepFool on affine classifiers: 1.02 times the distance to the nearest face", () => {
  const normal = normals(11);
  const network: Network64 = { inputShape: [7], layers: [{ kind: "dense", name: "fc" }] };
  for (const p of [1, 1.5, 2, 4, Infinity]) {
    for (let trial = 0; trial < 20; trial++) {
      const weights = weightsOf({ fc: [5, 7] }, normal);
      const x = vector(7, normal);
      const [attack] = deepfool64(network, weights, [x], { p });
      assert.ok(attack?.fooled);
      assert.equal(attack.iterations, 1);
      close(attack.norm, 1.02 * nearestFace(weights, x, p), 1e-12);
    }
  }
});

Deno.test("DeepFool towards the true class of an affine two-class classifier", () => {
  const normal = normals(12);
  const network: Network64 = { inputShape: [5], layers: [{ kind: "dense", name: "fc" }] };
  for (const p of [1, 2, Infinity]) {
    const weights = weightsOf({ fc: [2, 5] }, normal);
    const x = vector(5, normal);
    const label = 1 - argmax64(forward64(network, weights, x).logits);
    const [attack] = deepfool64(network, weights, [x], { p, labels: [label] });
    assert.deepEqual(attack?.choices, [{ source: 1 - label, target: label }]);
    assert.deepEqual([attack.correct, attack.fooled, attack.fooledAs], [false, true, label]);
    close(attack.norm, 1.02 * nearestFace(weights, x, p), 1e-12);
  }
});

Deno.test("DeepFool linearises without overshoot and stops with it: a case by hand", () => {
  // f_1 - f_0 = relu(x + 10) - relu(x - 1) / 2 - 13: at x = 0 it is -3 with slope 1, at 3 it is -1
  // with slope 1/2, at 5 it is 0.
  const weights = {
    "fc1.weight": { shape: [2, 1], data: [1, 1] },
    "fc1.bias": { shape: [2], data: [10, -1] },
    "fc2.weight": { shape: [2, 2], data: [0, 0, 1, -0.5] },
    "fc2.bias": { shape: [2], data: [13, 0] },
  };
  const network: Network64 = { inputShape: [1], layers: mlp.layers.slice(0, 3) };
  for (const p of [1, 2, 4, Infinity]) {
    const [attack] = deepfool64(network, weights, [[0]], { p });
    assert.deepEqual([attack?.iterations, attack?.fooled, attack?.fooledAs], [2, true, 1]);
    close(at(attack!.delta, 0), 1.02 * 5, 1e-14);
  }
});

Deno.test("DeepFool stops each sample by itself and at the limit", () => {
  const { network, weights, rows, labels } = problem(mlp, mlpShapes, 7);
  const attacks = deepfool64(network, weights, rows, { labels, iterations: 5 });
  assert.ok(new Set(attacks.map(({ iterations }) => iterations)).size > 1);
  attacks.forEach((attack, n) => {
    const [x, label] = [at(rows, n), at(labels, n)];
    const end = argmax64(forward64(network, weights, moved64(x, attack.delta)).logits);
    assert.equal(end, attack.fooledAs);
    assert.equal(attack.fooled, attack.correct ? end !== attack.predicted : end === label);
    assert.ok(attack.fooled || attack.iterations === 5);
    const options = { labels: [label], iterations: 5 };
    assert.deepEqual(deepfool64(network, weights, [x], options), [attack]);
    const [one] = deepfool64(network, weights, [x], { ...options, iterations: 1 });
    assert.equal(one?.fooled, attack.iterations === 1);
  });
});

Deno.test("the step reaches the plane and is the shortest in its norm", () => {
  const normal = normals(13);
  for (const p of [1, 1.25, 2, 4, Infinity]) {
    const w = vector(6, normal);
    w[2] = 0;
    const u = unitStep64(w, p);
    close(dot64(w, u), 1, 1e-12);
    close(norm64(u, p), 1 / norm64(w, dual64(p)), 1e-12);
    assert.equal(u[2], 0);
    assert.equal(unitStepPullback64(w, p, vector(6, normal))[2], 0);
  }
});

Deno.test("a constant network gets zero steps, zero gradients, and is not fooled", () => {
  const weights = weightsOf({ fc: [3, 4] }, () => 0);
  const network: Network64 = { inputShape: [4], layers: [{ kind: "dense", name: "fc" }] };
  for (const p of [1, 2, 4, Infinity]) {
    const { value, attacks } = regularizer64(network, weights, [[1, 2, 3, 4]], [0], { p });
    assert.equal(value, 15);
    assert.deepEqual([at(attacks, 0).fooled, at(attacks, 0).norm], [false, 0]);
    const { gradients } = regularizerGradient64(network, weights, [[1, 2, 3, 4]], attacks, { p });
    for (const { data } of Object.values(gradients)) assert.ok(data.every((v) => v === 0));
    const zero = new Float64Array(4);
    for (const f of [normGradient64, unitStep64]) assert.ok(f(zero, p).every((v) => v === 0));
  }
});

Deno.test("convolution is PyTorch's: correlation, zero padding, OIHW", () => {
  const weights = {
    "c.weight": { shape: [1, 1, 2, 2], data: [1, 10, 100, 1000] },
    "c.bias": { shape: [1], data: [0.5] },
  };
  const run = (
    pad: number,
  ) => [
    ...forward64({ inputShape: [1, 2, 2], layers: [{ kind: "conv", name: "c", pad }] }, weights, [
      1,
      2,
      3,
      4,
    ]).logits,
  ];
  assert.deepEqual(run(0), [4321.5]);
  assert.deepEqual(run(1), [1000.5, 2100.5, 200.5, 3010.5, 4321.5, 402.5, 30.5, 43.5, 4.5]);
});

Deno.test("max-pooling takes the first of equal maxima", () => {
  const network: Network64 = { inputShape: [1, 2, 4], layers: [{ kind: "maxPool", size: 2 }] };
  const pass = forward64(network, {}, [0, 5, 7, 7, 5, 1, 7, 7]);
  assert.deepEqual([...pass.logits], [5, 7]);
  assert.deepEqual([...inputGradient64(pass, [1, 2])], [0, 1, 2, 0, 0, 0, 0, 0]);
});

function checkRegularizer(
  { network, weights, rows, labels }: Problem,
  options: RegularizerOptions64,
) {
  const { value, attacks } = regularizer64(network, weights, rows, labels, options);
  assert.ok(attacks.some(({ correct }) => correct) && attacks.some(({ correct }) => !correct));
  assert.ok(attacks.some(({ iterations }) => iterations > 1));
  const given = regularizerGradient64(network, weights, rows, attacks, options);
  const replayed = regularizerGiven64(network, weights, rows, attacks, options);
  assert.equal(replayed.value, value);
  assert.deepEqual(replayed.ratios, attacks.map(({ ratio }) => ratio));
  close(given.value, value, 1e-14);
  const evaluate = (w: Weights64) => regularizer64(network, w, rows, labels, options);
  // |w|^(q-1) with 1 < q < 2 has an infinite slope at w = 0: near it the differences' own error,
  // O(size^2), reaches 2e-5 at 1e-7 (2e-3 at 1e-6) and 5e-6 at 1e-8.
  checkDirections(weights, given.gradients, evaluate, options.p === 4 ? 1e-8 : 1e-7);
}

/** Compares 20 directional derivatives, redrawing while the two sides lie on different pieces. */
function checkDirections(
  weights: Weights64,
  gradients: Gradients64,
  evaluate: (weights: Weights64) => { value: number; branch: string },
  size = 1e-7,
) {
  const normal = normals(17);
  const { branch } = evaluate(weights);
  let [compared, redrawn] = [0, 0];
  while (compared < 20) {
    const direction = like(weights, normal);
    const [above, below] = [size, -size].map((h) => evaluate(shifted(weights, direction, h)));
    if (above?.branch !== branch || below?.branch !== branch) {
      assert.ok(++redrawn < 200, "every direction crosses a choice, mask or switch");
      continue;
    }
    const slope = Object.keys(weights)
      .reduce((sum, name) => sum + dot64(gradients[name]!.data, direction[name]!.data), 0);
    close((above.value - below.value) / (2 * size), slope, 1e-5);
    compared++;
  }
}

/** The distance in l_p to the nearest face of an affine classifier, from its weights alone. */
function nearestFace(weights: Weights64, x: ArrayLike<number>, p: number): number {
  const rows = Array.from(weights["fc.bias"]!.data, (bias, k) => {
    const row = Array.from(weights["fc.weight"]!.data).slice(k * x.length, (k + 1) * x.length);
    return { row, logit: dot64(row, x) + bias };
  });
  const top = rows.reduce((best, row) => row.logit > best.logit ? row : best);
  const distances = rows.filter((row) => row !== top).map(({ row, logit }) => {
    const difference = row.map((v, i) => v - at(top.row, i));
    return (top.logit - logit) / norm64(difference, dual64(p));
  });
  return Math.min(...distances);
}

function problem(network: Network64, shapes: Record<string, number[]>, seed: number): Problem {
  const normal = normals(seed);
  const weights = weightsOf(shapes, normal);
  const size = network.inputShape.reduce((a, b) => a * b, 1);
  const rows = Array.from({ length: 6 }, () => vector(size, normal));
  return { network, weights, rows, labels: rows.map((_, n) => n % 4) };
}

function weightsOf(shapes: Record<string, number[]>, normal: Normal): Weights64 {
  const entries = Object.entries(shapes).flatMap(([name, shape]) => {
    const outputs = at(shape, 0);
    const size = shape.reduce((a, b) => a * b, 1);
    const data = vector(size, normal).map((v) => v * Math.sqrt(2 * outputs / size));
    return [
      [`${name}.weight`, { shape, data }],
      [`${name}.bias`, { shape: [outputs], data: vector(outputs, normal).map((v) => v / 4) }],
    ] as const;
  });
  return Object.fromEntries(entries);
}

function like(weights: Weights64, normal: Normal): Weights64 {
  const entries = Object.entries(weights)
    .map(([name, { shape, data }]) => [name, { shape, data: vector(data.length, normal) }]);
  return Object.fromEntries(entries);
}

function shifted(weights: Weights64, direction: Weights64, size: number): Weights64 {
  const entries = Object.entries(weights).map(([name, { shape, data }]) => {
    const by = direction[name]!.data;
    return [name, { shape, data: Float64Array.from(data, (v, i) => v + size * at(by, i)) }];
  });
  return Object.fromEntries(entries);
}

function vector(size: number, normal: Normal): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: size }, normal);
}

/** Standard normals from a seed: mulberry32 and Box-Muller. */
function normals(seed: number): Normal {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6D2B79F5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

function close(actual: number, expected: number, relative: number) {
  const error = Math.abs(actual - expected);
  const message = `${actual} is not within ${relative} of ${expected}`;
  assert.ok(error <= relative * Math.abs(expected), message);
}
