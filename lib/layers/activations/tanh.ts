import * as tf from "@tensorflow/tfjs";
import { activation, type SmoothPiece } from "./activation.ts";
import type { Layer } from "../layer.ts";

/** The hyperbolic tangent, with the slope 1 - y². */
export function tanh(): Layer<SmoothPiece> {
  return activation(tf.tanh, (y) => tf.sub(1, tf.square(y)));
}
