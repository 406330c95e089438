import * as tf from "@tensorflow/tfjs";
import type { Signature } from "../engine/executable.ts";
import type { Tensors } from "../layers/layer.ts";
import type { Network } from "../networks/network.ts";

/** The settings of an attack's functions that concern the box. */
export interface Boxed {
  /** Whether the bounds of a box are inputs too, `low` and `high`, and the attack stays in it. */
  readonly boxed?: boolean;
}

/** The shapes of the bounds, where there are any. */
export function boundShapes({ inputShape }: Network, { boxed = false }: Boxed): Signature {
  const shape = [1, ...inputShape];
  return boxed ? { low: shape, high: shape } : {};
}

/** The nearest points in the box, if there is one: x itself else. */
export function inside(x: tf.Tensor, { low, high }: Tensors): tf.Tensor {
  return low && high ? tf.minimum(tf.maximum(x, low), high) : x;
}

/** Perturbations clipped to the box, if there is one. */
export function cut(delta: tf.Tensor, x: tf.Tensor, inputs: Tensors): tf.Tensor {
  return inputs.low ? tf.sub(inside(tf.add(x, delta), inputs), x) : delta;
}
