import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../engine/tensor.ts";
import type { Layer } from "../layer.ts";
import { activation, type SmoothPiece } from "./activation.ts";
import { between } from "./piecewise_linear.ts";

/** Hard swish (Howard et al. 2019): x times (x + 3) / 6 between 0 and 1. Its slope moves with x between -3 and 3. */
export function hardSwish(): Layer<SmoothPiece> {
  const above = (x: Tensor) => tf.sub(1, between(x, -Infinity, 3));
  const bent = (x: Tensor, slope: number) =>
    tf.add(tf.mul(between(x, -3, 3), tf.add(tf.mul(x, slope), 0.5)), above(x));
  return activation((x) => tf.mul(x, bent(x, 1 / 6)), (_, x) => bent(x, 1 / 3));
}
