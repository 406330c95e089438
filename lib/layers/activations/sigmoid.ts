import * as tf from "@tensorflow/tfjs";
import { activation, type SmoothPiece } from "./activation.ts";
import type { Layer } from "../layer.ts";

/** The logistic sigmoid, 1 / (1 + exp(-x)), with the slope y (1 - y). */
export function sigmoid(): Layer<SmoothPiece> {
  return activation(tf.sigmoid, (y) => tf.mul(y, tf.sub(1, y)));
}
