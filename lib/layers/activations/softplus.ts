import * as tf from "@tensorflow/tfjs";
import type { Layer } from "../layer.ts";
import { activation, type SmoothPiece } from "./activation.ts";

/** The smooth rectifier, log(1 + exp(x)), whose slope is the logistic sigmoid. */
export function softplus(): Layer<SmoothPiece> {
  return activation(tf.softplus, (_, x) => tf.sigmoid(x));
}
