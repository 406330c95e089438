import * as tf from "@tensorflow/tfjs";
import { UserError } from "../engine/user_error.ts";
import { checkOptions, list } from "./checks/check_options.ts";
import type { Layer } from "./layer.ts";

/**
 * Exchanges a sample's axes.
 *
 * @param axes Which axis of the input each axis of the output is, counted as in PyTorch: 1 is the first after the batch's.
 * @throws {UserError} for an option outside its range; in use, unless the input has each of these axes once.
 */
export function transpose(axes: readonly number[]): Layer<null> {
  checkOptions("a layer that transposes", [list(1), { axes }]);
  const inverse = axes.map((_, i) => axes.indexOf(i + 1) + 1);
  return {
    describe(inputShape) {
      const whole = axes.toSorted((a, b) => a - b).every((axis, i) => axis === i + 1);
      if (!whole || axes.length !== inputShape.length) {
        throw new UserError(
          `building a layer that transposes: expected each axis from 1 once for the shape [${inputShape}], got [${axes}]`,
        );
      }
      return { outputShape: axes.map((axis) => inputShape[axis - 1]!) };
    },
    forward: (_, x) => ({ output: tf.transpose(x, [0, ...axes]), trace: null }),
    reverse: (_, __, gradient) => tf.transpose(gradient, [0, ...inverse]),
    linearize: (_, __, v) => tf.transpose(v, [0, ...axes]),
  };
}
