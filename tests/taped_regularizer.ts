import * as tf from "@tensorflow/tfjs";
import { dualNorms, linearStep } from "../lib/attacks/deepfool/linear_step.ts";
import { constant } from "../lib/engine/constant.ts";
import type { ShapedFunction } from "../lib/engine/engine.ts";
import { type Network, trainedNames } from "../lib/networks/network.ts";
import { networkFunction } from "../lib/networks/network_function.ts";

/** What the regulariser is compiled for. */
export interface TapedOptions {
  readonly chunk: number;
  readonly p?: number;
  readonly iterations?: number;
  readonly overshoot?: number;
  readonly c?: number;
  readonly d?: number;
}

/**
 * The regulariser of Eq. 6 the plain way: every iteration of every sample, with the gradients of all classes, is
 * unrolled on the tape, and automatic differentiation does the rest. Finished samples are masked.
 *
 * Inputs: the parameters; dropout's masks; x; target, one-hot labels, [chunk, classes]; share, lambda / N for every sample, [chunk].
 * Outputs: regularizer, []; for every trained parameter `gradient:NAME`.
 */
export function tapedRegularizer(network: Network, options: TapedOptions): ShapedFunction {
  const { chunk } = options;
  const names = trainedNames(network);
  const inputs = {
    x: [chunk, ...network.inputShape],
    target: [chunk, network.classes],
    share: [chunk],
  };
  return networkFunction(network, { chunk, masked: true }, inputs, (weights, inputs) => {
    const differentiate = tf.valueAndGrads((...tensors) => {
      const varied = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
      return penalty(network, { ...weights, ...varied }, inputs, options) as tf.Scalar;
    });
    const { value, grads } = differentiate(names.map((name) => weights[name]!));
    return {
      regularizer: value,
      ...Object.fromEntries(names.map((name, i) => [`gradient:${name}`, grads[i]!])),
    };
  });
}

type Tensors = Readonly<Record<string, tf.Tensor>>;

function penalty(
  network: Network,
  weights: Tensors,
  inputs: Tensors,
  options: TapedOptions,
): tf.Tensor {
  const { p = 2, iterations = 5, overshoot = 0.02, c = 25, d = 5 } = options;
  const { x, target, share } = inputs as Record<"x" | "target" | "share", tf.Tensor>;
  const start = constant(() => predicted(network.forward(weights, x).output));
  const right = constant(() => tf.sum(tf.mul(start, target), 1));
  let total = tf.zerosLike(x);
  let active = tf.onesLike(right);
  for (let i = 0; i < iterations; i++) {
    const step = taped(network, weights, tf.add(x, total), start, target, right, p);
    const masked = tf.mul(step, tf.reshape(active, [-1, 1]));
    total = tf.add(total, tf.reshape(masked, x.shape));
    const at = tf.add(x, tf.mul(total, 1 + overshoot));
    const before = active;
    active = constant(() =>
      tf.mul(
        before,
        unfinished(predicted(network.forward(weights, at).output), start, target, right),
      )
    );
  }
  const ratios = tf.div(norms(tf.mul(total, 1 + overshoot), p), norms(x, p));
  const scales = tf.add(tf.mul(right, -c), tf.mul(tf.sub(1, right), d));
  return tf.sum(tf.mul(share, tf.exp(tf.mul(scales, ratios))));
}

/** One iteration for all samples, with the input gradients of all classes. */
function taped(
  network: Network,
  weights: Tensors,
  at: tf.Tensor,
  start: tf.Tensor,
  target: tf.Tensor,
  right: tf.Tensor,
  p: number,
): tf.Tensor {
  const [chunk, classes] = target.shape as [number, number];
  const { output: logits, trace } = network.forward(weights, at);
  const every = tf.tile(tf.reshape(tf.eye(classes), [1, classes, classes]), [chunk, 1, 1]);
  const gradients = tf.reshape(
    network.reverse(weights, trace, tf.reshape(every, [-1, classes])),
    [chunk, classes, -1],
  );
  const seeds = constant(() => chosenSeeds(logits, gradients, start, target, right, p));
  const f = tf.sum(tf.mul(seeds, logits), 1);
  const w = tf.reshape(tf.matMul(tf.reshape(seeds, [chunk, 1, classes]), gradients), [chunk, -1]);
  return linearStep(f, w, p);
}

/** e_target - e_source: the nearest boundary for samples predicted right, towards the label for the others. */
function chosenSeeds(
  logits: tf.Tensor,
  gradients: tf.Tensor,
  start: tf.Tensor,
  target: tf.Tensor,
  right: tf.Tensor,
  p: number,
): tf.Tensor {
  const [chunk, classes, length] = gradients.shape as [number, number, number];
  const own = tf.sum(tf.mul(tf.expandDims(start, 2), gradients), 1, true);
  const w = tf.sub(gradients, own);
  const f = tf.abs(tf.sub(logits, tf.sum(tf.mul(start, logits), 1, true)));
  const lengths = tf.reshape(dualNorms(tf.reshape(w, [chunk * classes, length]), p), [
    chunk,
    classes,
  ]);
  const distances = tf.add(tf.div(f, tf.add(lengths, start)), tf.mul(start, 1e30));
  const nearest = tf.sub(tf.oneHot(tf.argMin(distances, 1), classes, 1, 0, "float32"), start);
  const strongest = predicted(tf.sub(logits, tf.mul(target, 1e30)));
  const rightColumn = tf.reshape(right, [-1, 1]);
  return tf.add(
    tf.mul(rightColumn, nearest),
    tf.mul(tf.sub(1, rightColumn), tf.sub(target, strongest)),
  );
}

/** 1 while a sample is still predicted as it was (if that was right), or still not as it should be. */
function unfinished(
  now: tf.Tensor,
  start: tf.Tensor,
  target: tf.Tensor,
  right: tf.Tensor,
): tf.Tensor {
  const same = tf.sum(tf.mul(now, start), 1);
  const reached = tf.sum(tf.mul(now, target), 1);
  return tf.add(tf.mul(right, same), tf.mul(tf.sub(1, right), tf.sub(1, reached)));
}

function predicted(logits: tf.Tensor): tf.Tensor {
  return tf.oneHot(tf.argMax(logits, 1), logits.shape[1]!, 1, 0, "float32");
}

function norms(x: tf.Tensor, p: number): tf.Tensor {
  const rows = tf.abs(tf.reshape(x, [x.shape[0]!, -1]));
  if (p === Infinity) {
    // Entries that tie for the largest share the gradient: DeepFool moves them together.
    const largest = constant(() => tf.cast(tf.equal(rows, tf.max(rows, 1, true)), "float32"));
    return tf.div(tf.sum(tf.mul(rows, largest), 1), tf.sum(largest, 1));
  }
  if (p === 2) {
    const squares = tf.sum(tf.square(rows), 1);
    const positive = tf.step(squares);
    return tf.mul(tf.sqrt(tf.add(squares, tf.sub(1, positive))), positive);
  }
  return tf.pow(tf.sum(tf.pow(rows, p), 1), 1 / p);
}
