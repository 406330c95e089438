import * as tf from "@tensorflow/tfjs";
import { maskRows } from "../../engine/primitives/pooling.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { checkOptions, finite, list } from "../checks/check_options.ts";
import { broadcastTo } from "../constants/broadcast_to.ts";
import type { Layer } from "../layer.ts";

/** The slopes: 1 where the input is positive, elsewhere the learned slope. */
export interface PreluSlopes {
  /** [N, ...inputShape]. */
  readonly slopes: Tensor;
}

/** The options of {@link prelu}. */
export interface PreluOptions {
  /** The initial value of the learned slope; 0.25 unless given. */
  readonly initial?: number;
  /** The shape of the weight, broadcast with a sample from its last axis; one number per channel unless given. */
  readonly shape?: readonly number[];
}

/**
 * The parametric rectifier (He et al. 2015): x where it is positive, elsewhere weight x, with one weight per channel (the
 * first axis of a sample), as in PyTorch. Its reverse layer multiplies with the same slopes, through which
 * the regulariser's gradient reaches the weight.
 *
 * @param initial The initial slope of every channel; 0.25 unless given.
 * @throws {UserError} for an option outside its range; in use, when the weight does not fit the input.
 */
export function prelu({ initial = 0.25, shape }: PreluOptions = {}): Layer<PreluSlopes> {
  checkOptions("a parametric rectifier", [finite, { initial }], [list(0), shape ? { shape } : {}]);
  return {
    describe: (inputShape) => ({
      outputShape: shape ? broadcastTo(inputShape, shape, "a parametric rectifier") : inputShape,
      parameters: { weight: { shape: shape ?? [inputShape[0] ?? 1], initial: () => initial } },
    }),
    forward({ weight }, x) {
      const perChannel = shape
        ? weight!
        : tf.reshape(weight!, [1, -1, ...x.shape.slice(2).map(() => 1)]);
      const positive = tf.step(x);
      const slopes = tf.add(positive, tf.mul(tf.sub(1, positive), perChannel));
      return { output: tf.mul(x, slopes), trace: { slopes } };
    },
    reverse: (_, { slopes }, gradient) => maskRows(gradient, slopes),
    linearize: (_, { slopes }, v) => tf.mul(v, slopes),
  };
}
