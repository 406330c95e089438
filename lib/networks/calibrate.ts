import type { Engine } from "../engine/engine.ts";
import type { Executable } from "../engine/executable.ts";
import { size } from "../engine/nd_array.ts";
import { UserError } from "../engine/user_error.ts";
import type { Model } from "./model.ts";
import { networkFunction, prefixed, weightInputs } from "./network_function.ts";
import { checkFinite, checkWeights } from "./check_weights.ts";
import { countImages } from "./count_images.ts";
import type { Weights } from "./weights.ts";
import { withWeightsSummary } from "./weights_summary.ts";

/** The most numbers, and samples, in a chunk of inputs. */
const most = { numbers: 1_200_000, samples: 50 };

/**
 * Sets a network's buffers, such as the means and variances of its batch normalisations, to what they are over the
 * given images, layer by layer, since a layer's input depends on the layers before it. The other parameters stay as they are.
 * Buffers that are not statistics, such as a scale's mean, stay too; a network without buffers keeps its weights.
 *
 * @param images [count, ...inputShape], some hundreds of training images or more.
 * @returns New weights; the given ones are not changed.
 * @throws {UserError} when there is no image, or weights or images do not fit the network, or naming the tensor or the image that
 * holds a number that is not finite.
 */
export async function calibrate(
  engine: Engine,
  { network, weights }: Model,
  images: Float32Array,
): Promise<Weights> {
  check({ network, weights }, images);
  if (network.buffers.length === 0) return weights;
  const { inputShape } = network;
  const chunk = Math.min(most.samples, Math.ceil(most.numbers / size(inputShape)));
  const inputs = { x: [chunk, ...inputShape] };
  const statistics = networkFunction(network, { chunk }, inputs, (weights, { x }) => {
    const { output, trace } = network.forward(weights, x!);
    return { output, ...prefixed("rows", network.statistics(weights, trace)) };
  });
  const run = await engine.compile(statistics.fn, statistics.inputs);
  let calibrated = weights;
  // A buffer is right once the buffers before it are: after one pass for each measured buffer, all are.
  for (let [pass, passes] = [0, 1]; pass < passes; pass++) {
    const measured = await means(run, chunk, { network, weights: calibrated }, images);
    calibrated = { ...calibrated, ...measured };
    passes = Object.keys(measured).length;
  }
  return withWeightsSummary(calibrated);
}

function check({ network, weights }: Model, images: Float32Array): void {
  const doing = `measuring the statistics of ${network.name}`;
  if (countImages(doing, network, images) === 0) {
    throw new UserError(`${doing}: expected images, got 0`);
  }
  checkWeights(weights, network.parameters, doing);
  checkFinite(weights, doing);
}

/** The mean of the statistics of every buffer that has any, over the images. */
async function means(
  run: Executable,
  chunk: number,
  { network: { inputShape, parameters, buffers }, weights }: Model,
  images: Float32Array,
): Promise<Weights> {
  const length = size(inputShape);
  const count = images.length / length;
  const arrays = Object.fromEntries(
    Object.entries(weights).map(([name, { data }]) => [name, data]),
  );
  const sums = new Map<string, Float64Array>();
  for (let from = 0; from < count; from += chunk) {
    const x = new Float32Array(chunk * length);
    x.set(images.subarray(from * length, (from + chunk) * length));
    const outputs = await run({ ...weightInputs(arrays), x });
    const rows = Math.min(chunk, count - from);
    for (const name of buffers) {
      const numbers = outputs[`rows:${name}`];
      if (!numbers) continue; // a buffer that is no statistic
      const sum = sums.get(name) ?? new Float64Array(weights[name]!.data.length);
      addRows(sum, numbers, rows);
      sums.set(name, sum);
    }
  }
  const means = Array.from(sums, ([name, sum]) => {
    const data = Float32Array.from(sum, (value) => value / count);
    return [name, { shape: parameters[name]!, data }] as const;
  });
  return Object.fromEntries(means);
}

function addRows(sum: Float64Array, numbers: Float32Array, rows: number): void {
  for (let i = 0; i < rows * sum.length; i++) sum[i % sum.length]! += numbers[i]!;
}
