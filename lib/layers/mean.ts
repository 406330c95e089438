import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../engine/tensor.ts";
import { UserError } from "../engine/user_error.ts";
import { checkOptions, list } from "./checks/check_options.ts";
import type { FlattenedShape } from "./flatten.ts";
import type { Layer } from "./layer.ts";

/** The options of {@link mean}. */
export interface MeanOptions {
  /** Whether they stay, with extent 1; false unless given. */
  readonly keepAxes?: boolean;
}

/**
 * The mean along some of a sample's axes. Its reverse layer spreads every element evenly.
 *
 * @param axes Counted as in PyTorch, with the batch as axis 0.
 * @throws {UserError} for an option outside its range; in use, when the input does not have these axes.
 */
export function mean(
  axes: readonly number[],
  { keepAxes = false }: MeanOptions = {},
): Layer<FlattenedShape> {
  checkOptions("a mean", [list(1), { axes }]);
  const average = (x: Tensor) => tf.mean(x, [...axes], keepAxes);
  return {
    describe(inputShape) {
      if (
        axes.length === 0 ||
        !axes.every((axis, i) => axis - 1 in inputShape && axes.indexOf(axis) === i)
      ) {
        throw new UserError(
          `building a mean: expected different axes from 1 to ${inputShape.length}, got [${axes}]`,
        );
      }
      const kept = inputShape.map((extent, i) => axes.includes(i + 1) ? 1 : extent);
      return { outputShape: keepAxes ? kept : kept.filter((_, i) => !axes.includes(i + 1)) };
    },
    forward: (_, x) => ({ output: average(x), trace: { shape: x.shape.slice(1) } }),
    reverse(_, { shape }, gradient) {
      const [rows] = gradient.shape as [number];
      const kept = shape.map((extent, i) => axes.includes(i + 1) ? 1 : extent);
      const count = axes.reduce((product, axis) => product * shape[axis - 1]!, 1);
      const spread = tf.mul(tf.reshape(gradient, [rows, ...kept]), tf.ones([1, ...shape]));
      return tf.mul(spread, 1 / count);
    },
    linearize: (_, __, v) => average(v),
  };
}
