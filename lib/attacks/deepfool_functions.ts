import * as tf from "@tensorflow/tfjs";
import type { CompiledFunction } from "../engine/engine.ts";
import { maskInputs, type Network } from "../networks/network.ts";
import { dualNorms, linearStep, roundingOf } from "./linear_step.ts";

/** What DeepFool's functions are compiled for. */
export interface DeepFoolGeometry {
  /** Samples in a chunk. */
  readonly chunk: number;
  /** The norm of the perturbation, in [1, inf]. */
  readonly p: number;
  /** How far beyond the boundary to go: the stop check looks at x + (1 + overshoot) sum r. */
  readonly overshoot: number;
  /** Whether the masks of dropout are inputs too, as in training. */
  readonly masked?: boolean;
}

/**
 * One iteration of DeepFool to the nearest of J boundaries (Eq. 2): linearises at x_i = x + total, steps onto the
 * boundary at the smallest distance |f_k - f_source| / ||w_k||_q, and gives the logits behind it.
 *
 * Inputs: the parameters; x and total, [chunk, ...inputShape]; seeds e_k - e_source, [chunk, J, classes].
 * Outputs: nextTotal, with the step added; choice, the k's position among the J, [chunk]; logits, [chunk, classes].
 */
export function nearestStep(
  network: Network,
  candidates: number,
  { chunk, p, overshoot, masked = false }: DeepFoolGeometry,
): CompiledFunction {
  return {
    inputs: {
      ...network.parameters,
      ...(masked ? maskInputs(network, chunk) : {}),
      x: [chunk, ...network.inputShape],
      total: [chunk, ...network.inputShape],
      seeds: [chunk, candidates, network.classes],
    },
    fn: (inputs) => {
      const { x, total, seeds } = inputs as Record<"x" | "total" | "seeds", tf.Tensor>;
      const { output: logits, trace } = network.forward(inputs, tf.add(x, total));
      const parts = tf.reshape(tf.mul(seeds, tf.expandDims(logits, 1)), [-1, network.classes]);
      const f = tf.sum(parts, 1);
      const w = rows(network.reverse(inputs, trace, tf.reshape(seeds, [-1, network.classes])));
      const distances = tf.reshape(distance(f, w, p), [chunk, candidates]);
      const choice = tf.argMin(distances, 1);
      const chosen = tf.add(choice, tf.range(0, chunk * candidates, candidates, "int32"));
      const own = tf.gather(w, chosen);
      const rounding = roundingOf(tf.gather(parts, chosen), own, magnitudes(x, total));
      const r = linearStep(tf.gather(f, chosen), own, p, rounding);
      return { ...moved(network, inputs, r, overshoot), choice };
    },
  };
}

/**
 * One iteration of DeepFool from the strongest wrong class towards a given label.
 *
 * Inputs: the parameters; x and total, [chunk, ...inputShape]; target, one-hot labels, [chunk, classes].
 * Outputs: nextTotal, with the step added; source, the class that was left, [chunk]; logits, [chunk, classes].
 */
export function towardsStep(
  network: Network,
  { chunk, p, overshoot, masked = false }: DeepFoolGeometry,
): CompiledFunction {
  return {
    inputs: {
      ...network.parameters,
      ...(masked ? maskInputs(network, chunk) : {}),
      x: [chunk, ...network.inputShape],
      total: [chunk, ...network.inputShape],
      target: [chunk, network.classes],
    },
    fn: (inputs) => {
      const { x, total, target } = inputs as Record<"x" | "total" | "target", tf.Tensor>;
      const { output: logits, trace } = network.forward(inputs, tf.add(x, total));
      const others = tf.where(tf.greater(target, 0), tf.fill(target.shape, -3e38), logits);
      const source = tf.argMax(others, 1);
      const seeds = tf.sub(target, tf.oneHot(source, network.classes, 1, 0, "float32"));
      const w = rows(network.reverse(inputs, trace, seeds));
      const parts = tf.mul(seeds, logits);
      const r = linearStep(tf.sum(parts, 1), w, p, roundingOf(parts, w, magnitudes(x, total)));
      return { ...moved(network, inputs, r, overshoot), source };
    },
  };
}

/** The logits. Inputs: the parameters; x, [chunk, ...inputShape]. */
export function logitsOf(network: Network, chunk: number): CompiledFunction {
  return {
    inputs: { ...network.parameters, x: [chunk, ...network.inputShape] },
    fn: (inputs) => ({ logits: network.forward(inputs, inputs.x!).output }),
  };
}

/** |f| / ||w||_q; a class whose w is 0 is out of reach. */
function distance(f: tf.Tensor, w: tf.Tensor, p: number): tf.Tensor {
  const norms = dualNorms(w, p);
  return tf.where(
    tf.greater(norms, 0),
    tf.div(tf.abs(f), norms),
    tf.fill(norms.shape, 3e38),
  );
}

/** How large the numbers are that a step is added to. */
function magnitudes(x: tf.Tensor, total: tf.Tensor): tf.Tensor {
  return rows(tf.add(tf.abs(x), tf.abs(total)));
}

function moved(
  network: Network,
  inputs: Record<string, tf.Tensor>,
  r: tf.Tensor,
  overshoot: number,
) {
  const total = tf.add(inputs.total!, tf.reshape(r, inputs.total!.shape));
  const beyond = tf.add(inputs.x!, tf.mul(total, 1 + overshoot));
  return { nextTotal: total, logits: network.forward(inputs, beyond).output };
}

function rows(x: tf.Tensor): tf.Tensor {
  return tf.reshape(x, [x.shape[0]!, -1]);
}
