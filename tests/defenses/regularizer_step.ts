import { predict } from "../../lib/compute/predict.ts";
import { arraysOf } from "../../lib/compute/run_in_blocks.ts";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import type { Model } from "../../lib/networks/model.ts";
import { trainedNames } from "../../lib/networks/network.ts";
import { weightInputs } from "../../lib/networks/network_function.ts";
import { tapedRegularizer } from "../taped_regularizer.ts";
import { difference, type Gradients, relativeError, step } from "./step.ts";

/** The regulariser of a Deep Defense step. */
export interface RegularizerStep {
  readonly regularizer: number;
  /** Its gradient, by parameter. */
  readonly gradients: Gradients;
  /** How far the gradient is from that of taping everything, relative to it. */
  readonly error: number;
}

/** A Deep Defense step. The first image and every second one after it are labelled as predicted, the others as the class after that. */
export async function regularizerStep(
  engine: Engine,
  model: Model,
  images: Float32Array,
): Promise<RegularizerStep> {
  const { network, weights } = model;
  const options = { c: 8, d: 0.05, iterations: 2 };
  const predicted = (await predict(engine, model, images)).labels;
  const labels = Uint16Array.from(
    predicted,
    (label, i) => i % 2 === 0 ? label : (label + 1) % network.classes,
  );
  const data = { images, labels };
  const cheap = await step(engine, network, deepDefense(options), data, weights);
  const plain = await step(engine, network, clean(), data, weights);
  const chunk = labels.length;
  const { fn, inputs } = tapedRegularizer(network, { chunk, ...options });
  const target = new Float32Array(chunk * network.classes);
  labels.forEach((label, i) => target[i * network.classes + label] = 1);
  const taped = await (await engine.compile(fn, inputs))({
    ...weightInputs(arraysOf(weights)),
    x: images,
    target,
    share: new Float32Array(chunk).fill(15 / chunk),
  });
  const expected = Object.fromEntries(
    trainedNames(network).map((name) => [name, taped[`gradient:${name}`]!]),
  );
  const gradients = difference(cheap.gradients, plain.gradients);
  const { regularizer } = cheap;
  return { regularizer, gradients, error: relativeError(gradients, expected) };
}
