import * as tf from "@tensorflow/tfjs";
import type { ShapedFunction } from "../../engine/engine.ts";
import type { Tensors } from "../../layers/layer.ts";
import type { Network } from "../../networks/network.ts";
import { type ChunkSettings, networkFunction } from "../../networks/network_function.ts";
import { dualNorms, linearStep, roundingOf } from "./linear_step.ts";

/** The settings of DeepFool's functions. */
export interface DeepFoolGeometry extends ChunkSettings {
  /** The norm of the perturbation, in [1, inf]. */
  readonly p: number;
  /** How far beyond the boundary to go: the stop check looks at x + (1 + overshoot) sum r. */
  readonly overshoot: number;
}

/** The settings of {@link nearestStep}. */
export interface NearestGeometry extends DeepFoolGeometry {
  /** How many classes the step may go towards, J. */
  readonly competitors: number;
}

/**
 * One iteration of DeepFool to the nearest of J boundaries (Eq. 2): linearises at x_i = x + total, steps onto the
 * boundary at the smallest distance |f_k - f_source| / ||w_k||_q, and gives the logits beyond it.
 *
 * Inputs: the parameters; x and total, [chunk, ...inputShape]; seeds e_k - e_source, [chunk, J, classes].
 * Outputs: nextTotal, with the step added; choice, the k's position among the J, [chunk]; logits, [chunk, classes].
 */
export function nearestStep(network: Network, settings: NearestGeometry): ShapedFunction {
  const { chunk, competitors, p, overshoot } = settings;
  const shape = [chunk, ...network.inputShape];
  const inputs = { x: shape, total: shape, seeds: [chunk, competitors, network.classes] };
  return networkFunction(network, settings, inputs, (weights, inputs) => {
    const { x, total, seeds } = inputs as Record<"x" | "total" | "seeds", tf.Tensor>;
    const { output: logits, trace } = network.forward(weights, tf.add(x, total));
    const parts = tf.reshape(tf.mul(seeds, tf.expandDims(logits, 1)), [-1, network.classes]);
    const f = tf.sum(parts, 1);
    const w = rows(network.reverse(weights, trace, tf.reshape(seeds, [-1, network.classes])));
    const distances = tf.reshape(distance(f, w, p), [chunk, competitors]);
    const choice = tf.argMin(distances, 1);
    const chosen = tf.add(choice, tf.range(0, chunk * competitors, competitors, "int32"));
    const own = tf.gather(w, chosen);
    const rounding = roundingOf(tf.gather(parts, chosen), own, magnitudes(x, total));
    const r = linearStep(tf.gather(f, chosen), own, p, rounding);
    const nextTotal = tf.add(total, tf.reshape(r, shape));
    return { nextTotal, logits: logitsBeyond(network, weights, x, nextTotal, overshoot), choice };
  });
}

/**
 * One iteration of DeepFool from the strongest wrong class towards a given label.
 *
 * Inputs: the parameters; x and total, [chunk, ...inputShape]; target, one-hot labels, [chunk, classes].
 * Outputs: nextTotal, with the step added; source, the class that was left, [chunk]; logits, [chunk, classes].
 */
export function towardsStep(network: Network, settings: DeepFoolGeometry): ShapedFunction {
  const { chunk, p, overshoot } = settings;
  const shape = [chunk, ...network.inputShape];
  const inputs = { x: shape, total: shape, target: [chunk, network.classes] };
  return networkFunction(network, settings, inputs, (weights, inputs) => {
    const { x, total, target } = inputs as Record<"x" | "total" | "target", tf.Tensor>;
    const { output: logits, trace } = network.forward(weights, tf.add(x, total));
    const source = strongestOther(logits, target);
    const seeds = tf.sub(target, tf.oneHot(source, network.classes, 1, 0, "float32"));
    const w = rows(network.reverse(weights, trace, seeds));
    const parts = tf.mul(seeds, logits);
    const r = linearStep(tf.sum(parts, 1), w, p, roundingOf(parts, w, magnitudes(x, total)));
    const nextTotal = tf.add(total, tf.reshape(r, shape));
    return { nextTotal, logits: logitsBeyond(network, weights, x, nextTotal, overshoot), source };
  });
}

/** The classes of the largest logits among those that are not the target. */
export function strongestOther(logits: tf.Tensor, target: tf.Tensor): tf.Tensor {
  const others = tf.where(tf.greater(target, 0), tf.fill(target.shape, -3e38), logits);
  return tf.argMax(others, 1);
}

/** |f| / ||w||_q; a class whose w is 0 is out of reach. */
export function distance(f: tf.Tensor, w: tf.Tensor, p: number): tf.Tensor {
  const norms = dualNorms(w, p);
  return tf.where(
    tf.greater(norms, 0),
    tf.div(tf.abs(f), norms),
    tf.fill(norms.shape, 3e38),
  );
}

/** The sizes of the numbers that a step is added to. */
export function magnitudes(x: tf.Tensor, total: tf.Tensor): tf.Tensor {
  return rows(tf.add(tf.abs(x), tf.abs(total)));
}

/** The logits at x + (1 + overshoot) total. */
function logitsBeyond(
  network: Network,
  weights: Tensors,
  x: tf.Tensor,
  total: tf.Tensor,
  overshoot: number,
): tf.Tensor {
  return network.forward(weights, tf.add(x, tf.mul(total, 1 + overshoot))).output;
}

/** One row per sample. */
export function rows(x: tf.Tensor): tf.Tensor {
  return tf.reshape(x, [x.shape[0]!, -1]);
}
