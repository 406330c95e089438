import * as tf from "@tensorflow/tfjs";
import type { ShapedFunction } from "../../engine/engine.ts";
import type { Network } from "../../networks/network.ts";
import { type ChunkSettings, networkFunction } from "../../networks/network_function.ts";
import type { AttackOptions } from "../attacked.ts";
import { boundShapes, type Boxed, cut, inside } from "../box.ts";
import { dualNorms } from "../deepfool/linear_step.ts";
import { ontoSphere, project, steepest } from "./ball.ts";

/** From logits and one-hot labels, both [chunk, classes], to the direction in the logits that an ascent takes. */
export type Seeds = (logits: tf.Tensor, target: tf.Tensor) => tf.Tensor;

/** The settings of an ascent's step. */
export interface AscentGeometry extends ChunkSettings, Boxed {
  /** The norm of the ball: 1, 2 or inf. */
  readonly p: number;
  /** The norm of the step, 2 or inf; the ball's norm unless given. */
  readonly stepNorm?: number;
  /** Whether all positions move to the surface of the l2 ball; only those outside unless given. */
  readonly onSphere?: boolean;
  /** What the steps increase. */
  readonly objective: keyof typeof objectives;
  /** Whether the objective falls: the way towards the target; away from it unless given. */
  readonly towards?: boolean;
}

/**
 * One step of projected gradient ascent: moves every sample back into its ball and the box, and gives what the network predicts
 * there and where the next step leads.
 *
 * Inputs: the parameters; x and position, [chunk, ...inputShape]; target, one-hot labels, [chunk, classes]; epsilon,
 * the balls' radii, and stepSize, [chunk, 1]; low and high, [1, ...inputShape], where there is a box.
 * Outputs: delta, position in the ball, and next, delta with the step added, [chunk, ...inputShape]; logits at
 * x + delta, [chunk, classes]; slope, the gradient's dual norm, [chunk].
 */
export function ascentStep(network: Network, settings: AscentGeometry): ShapedFunction {
  const { chunk, p, stepNorm = p, objective, towards, onSphere } = settings;
  const shape = [chunk, ...network.inputShape];
  const inputs = {
    x: shape,
    position: shape,
    target: [chunk, network.classes],
    epsilon: [chunk, 1],
    stepSize: [chunk, 1],
    ...boundShapes(network, settings),
  };
  return networkFunction(network, settings, inputs, (weights, inputs) => {
    const { x, position, target, epsilon, stepSize } = inputs as AscentInputs;
    const flat = tf.reshape(position, [chunk, -1]);
    const inBall = onSphere ? ontoSphere(flat, epsilon) : project(flat, epsilon, p);
    const delta = cut(tf.reshape(inBall, shape), x, inputs);
    const { output: logits, trace } = network.forward(weights, inside(tf.add(x, delta), inputs));
    const rising = objectives[objective](logits, target);
    const gradient = network.reverse(weights, trace, towards ? tf.neg(rising) : rising);
    const rows = tf.reshape(gradient, [chunk, -1]);
    const next = tf.add(tf.reshape(delta, [chunk, -1]), tf.mul(stepSize, steepest(rows, stepNorm)));
    return { delta, next: tf.reshape(next, shape), logits, slope: dualNorms(rows, p) };
  });
}

/** The parts of the geometry that depend on an attack's options. */
export function variantOf(
  { targets, within }: AttackOptions,
): Pick<AscentGeometry, "towards" | "boxed"> {
  return { ...(targets ? { towards: true } : {}), ...(within ? { boxed: true } : {}) };
}

type AscentInputs = Record<"x" | "position" | "target" | "epsilon" | "stepSize", tf.Tensor>;

/**
 * Where the cross-entropy rises: its gradient in the logits, softmax(f) - target, divided by 1 - softmax(f)_target.
 * The direction is the same, and it does not vanish where the softmax saturates.
 */
export const lossSeeds: Seeds = (logits, target) =>
  tf.sub(tf.exp(tf.logSoftmax(withoutTarget(logits, target), 1)), target);

/** Where the margin f_target - max of the other logits falls. */
export const marginSeeds: Seeds = (logits, target) => {
  const strongest = tf.argMax(withoutTarget(logits, target), 1);
  return tf.sub(tf.oneHot(strongest, logits.shape[1]!, 1, 0, "float32"), target);
};

/** The objectives of an ascent. */
const objectives = { loss: lossSeeds, margin: marginSeeds };

function withoutTarget(logits: tf.Tensor, target: tf.Tensor): tf.Tensor {
  return tf.where(tf.greater(target, 0), tf.fill(logits.shape as number[], -3e38), logits);
}
