import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { compile, type TensorFunction, tracedKernels } from "../../lib/engine/compile.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { jit } from "../../lib/engine/jit.ts";
import { createEngines } from "./engines.ts";
import { operators } from "./operators.ts";

const vectors = { a: [3], b: [3] };

Deno.test("compiling leaves TensorFlow.js on a backend that computes", () => {
  compile(({ a }) => ({ y: tf.neg(a!) }), vectors);
  assert.equal(tf.getBackend(), "cpu");
  assert.deepEqual(tf.tidy(() => [...tf.add([1, 2], 1).dataSync()]), [2, 3]);
});

Deno.test("a kernel that the tracer lacks is named", () => {
  assert.throws(
    () => compile(({ a }) => ({ y: tf.atan2(a!, a!) }), vectors),
    /tracer lacks the kernel Atan2; expected one of those that tracedKernels\(\) lists/,
  );
});

Deno.test("lib/README.md lists the kernels that the tracer knows", async () => {
  const text = await Deno.readTextFile(new URL("../../lib/README.md", import.meta.url));
  const [, listed = ""] = /`dd\.tracedKernels\(\)` lists them:\n\n((?:> .*\n)+)/.exec(text) ?? [];
  const names = listed.replaceAll(/^> |\.$/gm, "").split(/,\s+/);
  assert.deepEqual(names.map((name) => name.trim()), tracedKernels());
});

Deno.test("no gradient of a kernel that the tracer knows uses a saved output: it can be differentiated again", () => {
  const saving = () =>
    tracedKernels().filter((kernel) => tf.getGradient(kernel)?.outputsToSave?.some(Boolean));
  assert.ok(saving().includes("Sigmoid"));
  compile(({ a }) => {
    assert.deepEqual(saving(), []);
    return { y: tf.neg(a!) };
  }, vectors);
});

Deno.test("an attribute that the tracer does not know is named", () => {
  const fn: TensorFunction = ({ a }) => ({
    y: tf.engine().runKernel("Relu", { x: a! }, { leak: 0.1 }),
  });
  assert.throws(() => compile(fn, vectors), /tracing Relu: attribute "leak" = 0.1/);
  const batched: TensorFunction = ({ a }) => ({ y: tf.gather(a!, tf.zeros([3], "int32"), 0, 1) });
  assert.throws(() => compile(batched, vectors), /tracing GatherV2: expected batchDims 0, got 1/);
  const masked: TensorFunction = ({ a }) => ({ y: tf.stridedSlice(a!, [1], [2], [1], 1) });
  assert.throws(
    () => compile(masked, vectors),
    /tracing StridedSlice: expected no masks.*beginMask/,
  );
});

Deno.test("values cannot be read while tracing", async () => {
  for (const read of [(x: tf.Tensor) => x.dataSync(), (x: tf.Tensor) => x.print()]) {
    assert.throws(() => compile(({ a }) => (read(a!), { y: a! }), vectors), /no reading of values/);
  }
  let reading: Promise<unknown> | undefined;
  compile(({ a }) => (reading = a!.data(), { y: a! }), vectors);
  await assert.rejects(reading!, /no reading of values/);
});

Deno.test("tensors made outside the traced function are refused", () => {
  tf.tidy(() => {
    const outside = tf.scalar(2);
    assert.throws(
      () => compile(({ a }) => ({ y: tf.mul(a!, outside) }), vectors),
      /got one made outside/,
    );
  });
});

Deno.test("shapes that do not fit are refused while tracing", () => {
  const slice: TensorFunction = ({ a }) => ({ y: tf.slice(a!, [1], [3]) });
  assert.throws(() => compile(slice, vectors), /begin\[0\] \+ size\[0\] \(4\) would overflow/);
  assert.throws(
    () => compile(({ a }) => ({ y: tf.reshape(a!, [2, 2]) }), vectors),
    /reshaping: expected 3 elements/,
  );
  assert.throws(
    () => compile(({ a }) => ({ y: tf.add(a!, tf.ones([2])) }), vectors),
    /\[3\].*\[2\]|3 and 2/,
  );
});

Deno.test("an output named like an input is refused", () => {
  assert.throws(() => compile(({ a }) => ({ a: a! }), vectors), /got "a" as both/);
});

Deno.test("equal subexpressions make one node", () => {
  const of = (fn: TensorFunction) => operators(fn, vectors);
  assert.deepEqual(of(({ a }) => ({ y: tf.mul(tf.exp(a!), tf.tanh(tf.exp(a!))) })), [
    "Exp",
    "Tanh",
    "Mul",
  ]);
  assert.deepEqual(of(({ a, b }) => ({ y: tf.add(a!, b!), z: tf.add(b!, a!) })), ["Add"]);
  assert.deepEqual(of(({ a, b }) => ({ y: tf.sub(a!, b!), z: tf.sub(b!, a!) })), ["Sub", "Sub"]);
  assert.deepEqual(of(({ a }) => ({ y: tf.sum(a!), z: tf.sum(a!, 0, true) })), [
    "ReduceSum",
    "ReduceSum",
  ]);
  const sums: TensorFunction = ({ m }) => ({ y: tf.sum(m!, [0, -1]), z: tf.sum(m!, [1, 0]) });
  assert.deepEqual(operators(sums, { m: [2, 3] }), ["ReduceSum"]);
  const constant = () => tf.tensor1d([1, 2, 3]);
  assert.deepEqual(of(({ a }) => ({ y: tf.add(a!, constant()), z: tf.add(constant(), a!) })), [
    "Add",
  ]);
});

Deno.test("a gradient shares what the forward pass computed", () => {
  const fn: TensorFunction = ({ a }) => {
    const { value, grad } = tf.valueAndGrad((x) => tf.sum(tf.exp(x)))(a!);
    return { value, grad };
  };
  assert.deepEqual(operators(fn, vectors), ["Exp", "ReduceSum"]);
});

Deno.test("what no output needs is left out", () => {
  const fn: TensorFunction = ({ a, b }) => {
    tf.exp(tf.mul(a!, b!));
    return { y: tf.neg(b!) };
  };
  assert.deepEqual(operators(fn, vectors), ["Neg"]);
});

Deno.test("what is known while tracing is not computed", () => {
  const of = (fn: TensorFunction) => operators(fn, { a: [3, 3], b: [3, 3] });
  assert.deepEqual(of(({ a, b }) => ({ y: tf.add(a!, tf.mul(tf.zerosLike(a!), b!)) })), []);
  assert.deepEqual(of(({ a }) => ({ y: tf.add(a!, tf.matMul(tf.zeros([3, 3]), a!)) })), []);
  assert.deepEqual(of(({ a, b }) => ({ y: tf.add(tf.matMul(a!, b!), b!) })), ["Gemm"]);
});

Deno.test("inputs need not be used, and may have any name", async () => {
  await using engines = await createEngines();
  for (const engine of [engines.tested, engines.cpu]) {
    const inputs = { v0: [2], "0": [2], "conv1.weight": [2] };
    const run = await engine.compile(
      (named) => ({ v1: tf.exp(tf.mul(named.v0!, 2)), w: named["0"]! }),
      inputs,
    );
    const [zeros, ones] = [new Float32Array(2), new Float32Array(2).fill(1)];
    assert.deepEqual(await run({ v0: zeros, "0": ones, "conv1.weight": zeros }), {
      v1: ones,
      w: ones,
    });
  }
});

Deno.test("a compiled function reads its inputs anew and gives new arrays at every call", async () => {
  await using engines = await createEngines();
  for (const engine of [engines.tested, engines.cpu]) {
    const run = await engine.compile(
      ({ a, b }) => ({ y: tf.add(a!, b!), a2: tf.clone(a!) }),
      vectors,
    );
    const [a, b] = [Float32Array.of(1, 2, 3), Float32Array.of(1, 1, 1)];
    const first = await run({ a, b });
    a.fill(5);
    const second = await run({ a, b });
    assert.deepEqual(first, { y: Float32Array.of(2, 3, 4), a2: Float32Array.of(1, 2, 3) });
    assert.deepEqual(second, { y: Float32Array.of(6, 6, 6), a2: Float32Array.of(5, 5, 5) });
  }
});

Deno.test("an array may be several inputs of different shapes", async () => {
  await using engines = await createEngines();
  for (const engine of [engines.tested, engines.cpu]) {
    const run = await engine.compile(({ a, b }) => ({ y: tf.matMul(a!, b!) }), {
      a: [1, 2],
      b: [2, 1],
    });
    const both = Float32Array.of(3, 4);
    assert.deepEqual(await run({ a: both, b: both }), { y: Float32Array.of(25) });
  }
});

Deno.test("a missing input is named, one of a wrong length is refused", async () => {
  await using engines = await createEngines();
  for (const engine of [engines.tested, engines.cpu]) {
    const run = await engine.compile(({ a, b }) => ({ y: tf.add(a!, b!) }), vectors);
    const a = new Float32Array(3);
    await assert.rejects(
      async () => await run({ a }),
      /expected an input "b" of shape \[3\], got none/,
    );
    await assert.rejects(async () => await run({ a, b: new Float32Array(4) }), Error);
  }
});

Deno.test("jit compiles once for every set of shapes", async () => {
  await using engine = await createEngine({ workers: 1 });
  let traces = 0;
  const double = jit(engine, ({ x }) => {
    traces++;
    return { y: tf.mul(x!, 2) };
  });
  const array = (...shape: number[]) => ({ shape, data: new Float32Array(4).fill(1) });
  const twos = new Float32Array(4).fill(2);
  for (const shape of [[4], [2, 2], [4], [2, 2]]) {
    assert.deepEqual(await double({ x: array(...shape) }), { y: twos });
  }
  assert.equal(traces, 2);
});

Deno.test("no tensors are left behind", async () => {
  await using engines = await createEngines();
  const fn: TensorFunction = ({ a, b }) => {
    const { value, grads } = tf.valueAndGrads((a, b) => tf.sum(tf.maximum(tf.square(a!), b!)))([
      a!,
      b!,
    ]);
    return { value, ...Object.fromEntries(grads.map((grad, i) => [`grad${i}`, grad])) };
  };
  const before = tf.memory();
  for (const engine of [engines.tested, engines.cpu]) {
    const run = await engine.compile(fn, vectors);
    await run({ a: new Float32Array(3), b: new Float32Array(3) });
  }
  const failing: TensorFunction = ({ a }) => ({ y: tf.atan2(a!, tf.exp(a!)) });
  assert.throws(() => compile(failing, vectors));
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  assert.deepEqual([numTensors, numDataBuffers, numBytes], [
    before.numTensors,
    before.numDataBuffers,
    before.numBytes,
  ]);
});
