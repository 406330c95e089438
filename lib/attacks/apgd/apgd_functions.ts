import * as tf from "@tensorflow/tfjs";
import type { ShapedFunction } from "../../engine/engine.ts";
import type { Tensors } from "../../layers/layer.ts";
import type { Network } from "../../networks/network.ts";
import { type ChunkSettings, networkFunction } from "../../networks/network_function.ts";
import { project, steepest } from "../ascent/ball.ts";
import { boundShapes, type Boxed, cut, inside } from "../box.ts";
import { dualNorms } from "../deepfool/linear_step.ts";
import type { ApgdLoss } from "./apgd_loss.ts";
import { seedsOf } from "./loss_seeds.ts";

/** What a step of APGD is made for. */
export interface ApgdGeometry extends ChunkSettings, Boxed {
  /** The norm of the ball and of the step: 2 or inf. */
  readonly p: number;
  readonly loss: ApgdLoss;
  /** Whether the loss falls: the way towards the label; away from it unless given. */
  readonly towards?: boolean;
}

/**
 * One step of APGD with momentum (Croce and Hein 2020, Section 3.1), and the gradient where it ends:
 * z = P(delta + stepSize direction), P(delta + (1 - inertia) (z - delta) + inertia (delta - previous)), where P projects into the
 * ball and then into the box. With a direction of 0, it is the projection alone.
 *
 * Inputs: the parameters; x, delta, previous and direction, [chunk, ...inputShape]; label, and goal for the targeted loss,
 * one-hot, [chunk, classes]; epsilon, stepSize and inertia, [chunk, 1]; low and high, [1, ...inputShape], where there is a box.
 * Outputs: delta, the step's end, and direction, the next steepest one, of p-norm 1, [chunk, ...inputShape]; logits at
 * x + delta, [chunk, classes]; slope, the gradient's dual norm, [chunk].
 */
export function apgdStep(network: Network, settings: ApgdGeometry): ShapedFunction {
  const { chunk, p, loss, towards } = settings;
  const shape = [chunk, ...network.inputShape];
  const oneHot = [chunk, network.classes];
  const inputs = {
    x: shape,
    delta: shape,
    previous: shape,
    direction: shape,
    label: oneHot,
    ...(loss === "targeted dlr" ? { goal: oneHot } : {}),
    epsilon: [chunk, 1],
    stepSize: [chunk, 1],
    inertia: [chunk, 1],
    ...boundShapes(network, settings),
  };
  return networkFunction(network, settings, inputs, (weights, inputs) => {
    const delta = stepEnd(inputs, shape, p);
    const { output: logits, trace } = network.forward(
      weights,
      inside(tf.add(inputs.x!, delta), inputs),
    );
    const rising = seedsOf[loss](logits, inputs.label!, inputs.goal ?? inputs.label!);
    const gradient = network.reverse(weights, trace, towards ? tf.neg(rising) : rising);
    const rows = tf.reshape(gradient, [chunk, -1]);
    const direction = tf.reshape(steepest(rows, p), shape);
    return { delta, direction, logits, slope: dualNorms(rows, p) };
  });
}

/** Where a step ends, [chunk, ...inputShape]. */
function stepEnd(inputs: Tensors, shape: number[], p: number): tf.Tensor {
  const { x, epsilon } = inputs;
  const asRows = (tensor: tf.Tensor) => tf.reshape(tensor, [shape[0]!, -1]);
  const land = (rows: tf.Tensor) => cut(tf.reshape(project(rows, epsilon!, p), shape), x!, inputs);
  const [delta, previous, direction] = [inputs.delta!, inputs.previous!, inputs.direction!]
    .map(asRows) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const target = asRows(land(tf.add(delta, tf.mul(inputs.stepSize!, direction))));
  const share = tf.sub(1, inputs.inertia!);
  const gained = tf.mul(share, tf.sub(target, delta));
  const kept = tf.mul(inputs.inertia!, tf.sub(delta, previous));
  return land(tf.add(tf.add(delta, gained), kept));
}
