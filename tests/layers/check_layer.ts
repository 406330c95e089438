import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import type { Engine } from "../../lib/engine/engine.ts";
import { normal, random } from "../../lib/engine/random.ts";
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
      for (const engine of [engines.tested, engines.cpu]) {
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
    for (const engine of [engines.tested, engines.cpu]) {
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

  checkPiece(name, example);

  Deno.test(`${name}: the output has the shape that is described, on both backends`, async () => {
    await using engines = await createEngines();
    const { outputShape, run } = prepare(name, example);
    const forward = (engine: Engine) =>
      run(engine, (weights, x) => {
        const { output } = layer.forward(weights, x);
        assert.deepEqual(output.shape, [samples, ...outputShape]);
        return output;
      });
    assertClose((await forward(engines.tested))[0]!, (await forward(engines.cpu))[0]!);
  });
}

/** How far central differences step to either side. */
const step = 2 ** -9;

/**
 * Training differentiates a layer's linear piece at x again: in x, in what it is applied to, and in the parameters. Checks
 * the derivative along one direction against central differences.
 */
function checkPiece(name: string, example: Example): void {
  const { layer, inputShape, ties = false } = example;

  Deno.test({
    name: `${name}: the derivative of linearize is that of central differences`,
    ignore: ties,
    fn: async () => {
      await using engines = await createEngines();
      const { outputShape, run, array } = prepare(name, example);
      const { parameters = {} } = layer.describe(inputShape);
      const input = [samples, ...inputShape];
      const tensors = (draw: number) => [
        array([samples, 1], "a"),
        array(input, "v"),
        array([samples, ...outputShape], "seeds"),
        array(input, `x direction ${draw}`),
        array(input, `v direction ${draw}`),
        ...Object.entries(parameters).map(([key, { shape }]) =>
          array(shape, `${key} direction ${draw}`)
        ),
      ];

      /** <seeds, linearize> at x, v and parameters moved along their directions by t. */
      const along = (
        weights: Record<string, tf.Tensor>,
        [x, a, v, seeds, dx, dv, ...directions]: readonly tf.Tensor[],
        t: tf.Tensor,
      ) => {
        const moved = (value: tf.Tensor, direction: tf.Tensor) =>
          tf.add(value, tf.mul(direction, t));
        const own = Object.keys(parameters).map((key, i) =>
          [key, moved(weights[key]!, directions[i]!)] as const
        );
        const all = { ...weights, ...Object.fromEntries(own) };
        const { trace } = layer.forward(all, moved(x!, dx!));
        return tf.sum(tf.mul(layer.linearize(all, trace, moved(v!, dv!), a!), seeds!));
      };
      const slope = async (draw: number, step: number) => {
        const at = (t: number) =>
          run(
            engines.cpu,
            (weights, ...all) => along(weights, all, tf.scalar(t)),
            tensors(draw),
          );
        const [[ahead], [behind]] = [await at(step), await at(-step)];
        return (ahead![0]! - behind![0]!) / (2 * step);
      };
      // Where a step leads to another piece, half a step gives another slope: another direction is taken.
      let draw = 0;
      const close = (a: number, b: number) => Math.abs(a - b) <= 2e-3 * (1 + Math.abs(b));
      while (!close(await slope(draw, step), await slope(draw, step / 2))) {
        assert.ok(++draw < 100, "no direction stays on a piece, or slopes are NaN");
      }
      const [derivative] = await run(
        engines.tested,
        (weights, ...all) => tf.grad((t) => along(weights, all, t))(tf.scalar(0)),
        tensors(draw),
      );
      const expected = await slope(draw, step);
      assertClose(derivative!, [expected], { relative: 2e-3, absolute: 2e-3 });
    },
  });
}
