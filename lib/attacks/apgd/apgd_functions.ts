import * as tf from "@tensorflow/tfjs";
import type { ShapedFunction } from "../../engine/engine.ts";
import type { Tensors } from "../../layers/layer.ts";
import type { Network } from "../../networks/network.ts";
import { type ChunkSettings, networkFunction } from "../../networks/network_function.ts";
import { project, steepest } from "../ascent/ball.ts";
import { boundShapes, type Boxed, cut, inside } from "../box.ts";
import { dualNorms } from "../deepfool/linear_step.ts";
import type { ApgdLoss } from "./apgd_loss.ts";
import { apgdSeeds } from "./loss_seeds.ts";

/** The settings of a step of APGD. */
export interface ApgdGeometry extends ChunkSettings, Boxed {
  /** The norm of the ball and of the step: 2 or inf. */
  readonly p: number;
  readonly loss: ApgdLoss;
  /** Whether the loss falls: the way towards the label; away from it unless given. */
  readonly towards?: boolean;
}

/**
 * One step of APGD with momentum (Croce and Hein 2020, Section 3.1), and the gradient where it ends:
 * z = P(r + stepSize heading), delta = P(r + (1 - inertia) (z - r) + inertia (r - previous)), where r is the position and P projects
 * into the ball and then into the box. With a heading of 0, it is the projection alone.
 *
 * Inputs: the parameters; x, position, previous and heading, [chunk, ...inputShape]; label, and goal for the targeted loss,
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
    position: shape,
    previous: shape,
    heading: shape,
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
    const rising = apgdSeeds[loss](logits, inputs.label!, inputs.goal ?? inputs.label!);
    const gradient = network.reverse(weights, trace, towards ? tf.neg(rising) : rising);
    const rows = tf.reshape(gradient, [chunk, -1]);
    const direction = tf.reshape(steepest(rows, p), shape);
    return { delta, direction, logits, slope: dualNorms(rows, p) };
  });
}

/** The end of a step, [chunk, ...inputShape]. */
function stepEnd(inputs: Tensors, shape: number[], p: number): tf.Tensor {
  const { stepSize, inertia, epsilon } = inputs as Record<string, tf.Tensor>;
  const asRows = (tensor: tf.Tensor) => tf.reshape(tensor, [shape[0]!, -1]);
  const land = (rows: tf.Tensor) =>
    cut(tf.reshape(project(rows, epsilon!, p), shape), inputs.x!, inputs);
  const position = asRows(inputs.position!);
  const ahead = asRows(land(tf.add(position, tf.mul(stepSize!, asRows(inputs.heading!)))));
  const gained = tf.mul(tf.sub(1, inertia!), tf.sub(ahead, position));
  const kept = tf.mul(inertia!, tf.sub(position, asRows(inputs.previous!)));
  return land(tf.add(position, tf.add(gained, kept)));
}
