import * as tf from "@tensorflow/tfjs";
import type { ShapedFunction } from "../../engine/engine.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { Tensors } from "../../layers/layer.ts";
import type { Network } from "../../networks/network.ts";
import { type ChunkSettings, networkFunction } from "../../networks/network_function.ts";
import { boundShapes, type Boxed, cut, inside } from "../box.ts";
import { boxedStep, lengthsOf, type Room } from "../deepfool/boxed_step.ts";
import { distance, magnitudes, rows, strongestOther } from "../deepfool/deepfool_functions.ts";
import { linearStep, roundingOf, shortest } from "../deepfool/linear_step.ts";

/** The settings of FAB's step. */
export interface BoundaryGeometry extends ChunkSettings, Boxed {
  /** The norm of the perturbation: 1, 2 or inf. */
  readonly p: number;
  /** How far beyond the boundary a projection goes, relative to its length: eta - 1. */
  readonly overshoot: number;
  /** The largest weight of the projection from x: alpha_max. */
  readonly alphaMax: number;
  /** How many classes the step may go towards, J; none where it goes towards a given one. */
  readonly competitors?: number;
}

/**
 * One iteration of FAB: linearises at x_i = x + total, projects x_i and x onto the nearest of the linearised boundaries (inside the
 * box, where there is one), and goes beyond both projections, to their weighted mean. The nearer x_i is to the boundary,
 * the less the projection of x weighs.
 *
 * Inputs: the parameters; x and total, [chunk, ...inputShape]; seeds e_k - e_source, [chunk, J, classes], or
 * target, one-hot classes to reach, [chunk, classes]; low and high, [1, ...inputShape], where there is a box.
 * Outputs: next, the perturbation after the step, [chunk, ...inputShape]; logits at x + next, [chunk, classes].
 */
export function boundaryStep(network: Network, settings: BoundaryGeometry): ShapedFunction {
  const { chunk, competitors, p, overshoot, alphaMax } = settings;
  const shape = [chunk, ...network.inputShape];
  const inputs = {
    x: shape,
    total: shape,
    ...(competitors === undefined
      ? { target: [chunk, network.classes] }
      : { seeds: [chunk, competitors, network.classes] }),
    ...boundShapes(network, settings),
  };
  return networkFunction(network, settings, inputs, (weights, inputs) => {
    const x = inputs.x!;
    const total = cut(inputs.total!, x, inputs);
    const at = inside(tf.add(x, total), inputs);
    const boundary = nearestBoundary(network, weights, inputs, { at, total }, p);
    const here = project(boundary, p, roomAt(at, inputs));
    const gained = tf.sum(tf.mul(boundary.w, rows(total)), 1);
    const fromX = { ...boundary, f: tf.sub(boundary.f, gained) };
    const there = project(fromX, p, roomAt(x, inputs));
    const alpha = tf.minimum(shareOf(lengthOf(here, p), lengthOf(there, p)), alphaMax);
    const moved = tf.add(rows(total), tf.mul(here, 1 + overshoot));
    const mean = tf.add(
      tf.mul(moved, tf.sub(1, alpha)),
      tf.mul(tf.mul(there, 1 + overshoot), alpha),
    );
    const next = cut(tf.reshape(mean, shape), x, inputs);
    return { next, logits: network.forward(weights, inside(tf.add(x, next), inputs)).output };
  });
}

/** A linearised boundary per row: the points at which f + <w, r> = 0. */
interface Boundary {
  /** The differences of logits f_target - f_source, [N]. */
  readonly f: Tensor;
  /** Their gradients in the input, [N, D]. */
  readonly w: Tensor;
  /** The rounding error of f, [N]. */
  readonly rounding: Tensor;
}

/** The boundary that is nearest to x + total, or that of the target with the strongest other class. */
function nearestBoundary(
  network: Network,
  weights: Tensors,
  { x, seeds, target }: Tensors,
  { at, total }: { readonly at: Tensor; readonly total: Tensor },
  p: number,
): Boundary {
  const { output: logits, trace } = network.forward(weights, at);
  const given = seeds ?? tf.expandDims(tf.sub(target!, strongestSeed(logits, target!)), 1);
  const [chunk, count] = given.shape as [number, number];
  const parts = tf.reshape(tf.mul(given, tf.expandDims(logits, 1)), [-1, network.classes]);
  const f = tf.sum(parts, 1);
  const w = rows(network.reverse(weights, trace, tf.reshape(given, [-1, network.classes])));
  const nearest = tf.argMin(tf.reshape(distance(f, w, p), [chunk, count]), 1);
  const chosen = tf.add(nearest, tf.range(0, chunk * count, count, "int32"));
  const own = tf.gather(w, chosen);
  const rounding = roundingOf(tf.gather(parts, chosen), own, magnitudes(x!, total));
  return { f: tf.gather(f, chosen), w: own, rounding };
}

function strongestSeed(logits: Tensor, target: Tensor): Tensor {
  return tf.oneHot(strongestOther(logits, target), logits.shape[1]!, 1, 0, "float32");
}

/** How far points are from the ends of the box, if there is one. */
function roomAt(at: Tensor, { low, high }: Tensors): Room | undefined {
  return low && high ? { up: rows(tf.sub(high, at)), down: rows(tf.sub(at, low)) } : undefined;
}

/** The smallest steps onto boundaries from either side, [N, D]; in the box, where there is one. */
function project({ f, w, rounding }: Boundary, p: number, room: Room | undefined): Tensor {
  const side = tf.where(tf.greater(f, 0), tf.fill(f.shape, -1), tf.onesLike(f));
  const towards = tf.mul(w, tf.reshape(side, [-1, 1]));
  return room ? boxedStep(f, towards, p, room, rounding).r : linearStep(f, towards, p, rounding);
}

function lengthOf(steps: Tensor, p: number): Tensor {
  return tf.maximum(tf.reshape(lengthsOf(tf.abs(steps), p), [-1, 1]), shortest);
}

function shareOf(a: Tensor, b: Tensor): Tensor {
  return tf.div(a, tf.add(a, b));
}
