import * as tf from "@tensorflow/tfjs";
import type { ShapedFunction } from "../../engine/engine.ts";
import type { Tensors } from "../../layers/layer.ts";
import type { Network } from "../../networks/network.ts";
import { networkFunction } from "../../networks/network_function.ts";
import { boundShapes, inside } from "../box.ts";
import { boxedStep } from "./boxed_step.ts";
import {
  type DeepFoolGeometry,
  distance,
  magnitudes,
  type NearestGeometry,
  rows,
  strongestOther,
} from "./deepfool_functions.ts";
import { roundingOf } from "./linear_step.ts";

/**
 * One iteration of DeepFool inside a box: like `nearestStep`, but with every boundary's nearest point in the box in place of its nearest
 * point. Classes whose boundary the box does not reach come after all others.
 *
 * Inputs: as `nearestStep`, and low and high, [1, ...inputShape]. Outputs: as `nearestStep`.
 */
export function nearestStepWithin(network: Network, settings: NearestGeometry): ShapedFunction {
  const { chunk, competitors, p, overshoot } = settings;
  const shape = [chunk, ...network.inputShape];
  const inputs = {
    x: shape,
    total: shape,
    seeds: [chunk, competitors, network.classes],
    ...boundShapes(network, { boxed: true }),
  };
  return networkFunction(network, settings, inputs, (weights, inputs) => {
    const { x, total, seeds } = inputs as Record<"x" | "total" | "seeds", tf.Tensor>;
    const at = inside(tf.add(x, total), inputs);
    const { output: logits, trace } = network.forward(weights, at);
    const parts = tf.reshape(tf.mul(seeds, tf.expandDims(logits, 1)), [-1, network.classes]);
    const f = tf.sum(parts, 1);
    const w = rows(network.reverse(weights, trace, tf.reshape(seeds, [-1, network.classes])));
    const rounding = roundingOf(parts, w, repeated(magnitudes(x, total), competitors));
    const { r, lengths, reaches } = boxedStep(f, w, p, roomAt(at, inputs, competitors), rounding);
    const distances = tf.where(reaches, lengths, outOfReach(distance(f, w, p)));
    const choice = tf.argMin(tf.reshape(distances, [chunk, competitors]), 1);
    const chosen = tf.add(choice, tf.range(0, chunk * competitors, competitors, "int32"));
    const nextTotal = tf.add(total, tf.reshape(tf.gather(r, chosen), shape));
    return {
      nextTotal,
      logits: logitsBeyond(network, weights, inputs, nextTotal, overshoot),
      choice,
    };
  });
}

/**
 * One iteration of DeepFool from the strongest wrong class towards a given label, inside a box.
 *
 * Inputs: as `towardsStep`, and low and high, [1, ...inputShape]. Outputs: as `towardsStep`.
 */
export function towardsStepWithin(network: Network, settings: DeepFoolGeometry): ShapedFunction {
  const { chunk, p, overshoot } = settings;
  const shape = [chunk, ...network.inputShape];
  const inputs = {
    x: shape,
    total: shape,
    target: [chunk, network.classes],
    ...boundShapes(network, { boxed: true }),
  };
  return networkFunction(network, settings, inputs, (weights, inputs) => {
    const { x, total, target } = inputs as Record<"x" | "total" | "target", tf.Tensor>;
    const at = inside(tf.add(x, total), inputs);
    const { output: logits, trace } = network.forward(weights, at);
    const source = strongestOther(logits, target);
    const seeds = tf.sub(target, tf.oneHot(source, network.classes, 1, 0, "float32"));
    const w = rows(network.reverse(weights, trace, seeds));
    const parts = tf.mul(seeds, logits);
    const rounding = roundingOf(parts, w, magnitudes(x, total));
    const { r } = boxedStep(tf.sum(parts, 1), w, p, roomAt(at, inputs, 1), rounding);
    const nextTotal = tf.add(total, tf.reshape(r, shape));
    return {
      nextTotal,
      logits: logitsBeyond(network, weights, inputs, nextTotal, overshoot),
      source,
    };
  });
}

/** Distances that are larger than those of all boundaries in reach, in the same order. */
function outOfReach(distances: tf.Tensor): tf.Tensor {
  return tf.minimum(tf.mul(tf.add(distances, 1), 1e20), 3e38);
}

/** How far points are from the ends of the box, once for each of K rows. */
function roomAt(at: tf.Tensor, { low, high }: Tensors, count: number) {
  return {
    up: repeated(rows(tf.sub(high!, at)), count),
    down: repeated(rows(tf.sub(at, low!)), count),
  };
}

/** Every row K times, [N, D] to [N K, D]. */
function repeated(x: tf.Tensor, count: number): tf.Tensor {
  return tf.reshape(tf.tile(tf.expandDims(x, 1), [1, count, 1]), [-1, x.shape[1]!]);
}

/** The logits at x + (1 + overshoot) total, clipped to the box. */
function logitsBeyond(
  network: Network,
  weights: Tensors,
  inputs: Tensors,
  total: tf.Tensor,
  overshoot: number,
): tf.Tensor {
  const beyond = tf.add(inputs.x!, tf.mul(total, 1 + overshoot));
  return network.forward(weights, inside(beyond, inputs)).output;
}
