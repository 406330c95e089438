import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../engine/tensor.ts";
import { maskRows } from "../../engine/primitives/pooling.ts";
import type { Layer } from "../layer.ts";

/** Where the input is positive: 1, elsewhere 0. A constant for the gradient. */
export interface ReluMask {
  /** [N, ...inputShape]. */
  readonly mask: Tensor;
}

/** The rectifier, max(x, 0) (Eq. 4). Its reverse layer multiplies with the forward pass's mask 1_{>0}(a) (Eq. 5). */
export function relu(): Layer<ReluMask> {
  return {
    describe: (inputShape) => ({ outputShape: inputShape }),
    forward: (_, x) => ({ output: tf.relu(x), trace: { mask: tf.step(x) } }),
    reverse: (_, { mask }, gradient) => maskRows(gradient, mask),
    linearize: (_, { mask }, v) => tf.mul(v, mask),
  };
}
