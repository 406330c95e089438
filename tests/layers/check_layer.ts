import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { normal, random } from "../../lib/data/random.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { drawParameters } from "../../lib/layers/draw_parameters.ts";
import type { Layer } from "../../lib/layers/layer.ts";
import { assertClose } from "../closeness.ts";
import { createEngines, evaluate, type Fn, numbers } from "../engine/engines.ts";

/** A layer, the shape of one sample, and whether numbers are halves, so that windows tie. */
export interface Example {
  readonly layer: Layer;
  readonly inputShape: readonly number[];
  readonly ties?: boolean;
}

/** Samples that a layer is run on. */
export const samples = 3;

/** A layer's parameters (biases and statistics that are not 0 and 1), masks and input, and how to run functions of them. */
export function prepare(name: string, { layer, inputShape, ties = false }: Example) {
  const { outputShape, parameters = {}, masks = {} } = layer.describe(inputShape);
  const weights = drawParameters(parameters, normal(random("layers", name)));
  const x = numbers([samples, ...inputShape], name);
  const names = [...Object.keys(weights), ...Object.keys(masks)];
  const maskShapes = Object.values(masks).map(({ shape }) => [samples, ...shape]);
  const arrays = [
    ...Object.entries(weights).map(([key, { shape, data }]) =>
      /bias$|running_mean$/.test(key)
        ? numbers(shape, key)
        : key.endsWith("running_var")
        ? numbers(shape, key).map((x) => x ** 2 + 0.1)
        : data
    ),
    ...maskShapes.map((shape, i) => numbers(shape, `mask ${i}`).map((x) => x < 0 ? 0 : 2)),
  ];
  const shapes = [...Object.values(weights).map(({ shape }) => shape), ...maskShapes];

  /** Runs a function of the parameters, x and other tensors. */
  function run(
    engine: Engine,
    fn: (
      weights: Record<string, tf.Tensor>,
      ...tensors: [tf.Tensor, ...tf.Tensor[]]
    ) => ReturnType<Fn>,
    others: readonly { shape: readonly number[]; data: Float32Array }[] = [],
  ): Promise<readonly Float32Array[]> {
    const split: Fn = (...tensors) => {
      const parameters = Object.fromEntries(names.map((key, i) => [key, tensors[i]!]));
      return fn(parameters, ...tensors.slice(names.length) as [tf.Tensor, ...tf.Tensor[]]);
    };
    const input = ties ? x.map((value) => Math.round(value)) : x;
    const all = [...shapes, [samples, ...inputShape], ...others.map(({ shape }) => shape)];
    return evaluate(engine, split, all, [...arrays, input, ...others.map(({ data }) => data)])
      .then(({ arrays }) => arrays);
  }
  const array = (shape: readonly number[], key: string) => ({
    shape,
    data: numbers(shape, `${name} ${key}`),
  });
  return { outputShape, run, array };
}

/** Tests of every layer: its reverse and its expansion against automatic differentiation, and its shapes. */
export function checkLayer(name: string, example: Example): void {
  const { layer, inputShape } = example;

  Deno.test(`${name}: the reverse layer is the gradient of any functions of the output`, async () => {
    await using engines = await createEngines();
    const { outputShape, run, array } = prepare(name, example);
    for (const rows of [1, 3]) {
      const seeds = array([samples, rows, ...outputShape], "seeds");
      const [expected] = await run(engines.cpu, (weights, x, seeds) => {
        const row = (k: number) => tf.squeeze(tf.slice(seeds!, [0, k], [samples, 1]), [1]);
        const gradient = (k: number) =>
          tf.grad((x) => tf.sum(tf.mul(layer.forward(weights, x).output, row(k))))(x);
        return tf.stack(Array.from({ length: rows }, (_, k) => gradient(k)), 1);
      }, [seeds]);
      for (const engine of [engines.onnx, engines.cpu]) {
        const [actual] = await run(engine, (weights, x, seeds) => {
          const flow = tf.reshape(seeds!, [samples * rows, ...outputShape]);
          const gradient = layer.reverse(weights, layer.forward(weights, x).trace, flow);
          assert.deepEqual(gradient.shape, [samples * rows, ...inputShape]);
          return gradient;
        }, [seeds]);
        assertClose(actual!, expected!);
      }
    }
  });

  Deno.test(`${name}: linearize takes a x + u to a f(x) + J u`, async () => {
    await using engines = await createEngines();
    const { outputShape, run, array } = prepare(name, example);
    const others = [
      array([samples, 1], "a"),
      array([samples, ...inputShape], "u"),
      array([samples, ...outputShape], "seeds"),
    ];
    const scale = (a: tf.Tensor, x: tf.Tensor) =>
      tf.mul(tf.reshape(a, [samples, ...x.shape.slice(1).map(() => 1)]), x);
    const perSample = (x: tf.Tensor) => tf.sum(tf.reshape(x, [samples, -1]), 1);
    for (const engine of [engines.onnx, engines.cpu]) {
      // <seeds, a f(x) + J u> = a <seeds, f(x)> + <J^T seeds, u>, with J^T seeds by TensorFlow.js.
      const [actual, expected] = await run(engine, (weights, x, a, u, seeds) => {
        const { output, trace } = layer.forward(weights, x);
        const expansion = layer.linearize(weights, trace, tf.add(scale(a!, x), u!), a!);
        assert.deepEqual(expansion.shape, [samples, ...outputShape]);
        const gradient = tf.grad((x) => tf.sum(tf.mul(layer.forward(weights, x).output, seeds!)))(
          x,
        );
        return [
          perSample(tf.mul(expansion, seeds!)),
          tf.add(perSample(tf.mul(scale(a!, output), seeds!)), perSample(tf.mul(gradient, u!))),
        ];
      }, others);
      assertClose(actual!, expected!);
    }
  });

  Deno.test(`${name}: the output has the shape that is described, on both backends`, async () => {
    await using engines = await createEngines();
    const { outputShape, run } = prepare(name, example);
    const forward = (engine: Engine) =>
      run(engine, (weights, x) => {
        const { output } = layer.forward(weights, x);
        assert.deepEqual(output.shape, [samples, ...outputShape]);
        return output;
      });
    assertClose((await forward(engines.onnx))[0]!, (await forward(engines.cpu))[0]!);
  });
}
