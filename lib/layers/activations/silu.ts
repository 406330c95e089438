import * as tf from "@tensorflow/tfjs";
import type { Layer } from "../layer.ts";
import { activation, type SmoothPiece } from "./activation.ts";

/** The sigmoid linear unit, or swish (Ramachandran et al. 2017): y = x s(x) with the logistic sigmoid s, and the slope s + y (1 - s). */
export function silu(): Layer<SmoothPiece> {
  return activation(
    (x) => tf.mul(x, tf.sigmoid(x)),
    (y, x) => {
      const gate = tf.sigmoid(x);
      return tf.add(gate, tf.mul(y, tf.sub(1, gate)));
    },
  );
}
