import * as tf from "@tensorflow/tfjs";
import { size } from "../../engine/nd_array.ts";
import { optionCheck } from "../../engine/option_check.ts";
import { checkOptions, finite, list } from "../checks/check_options.ts";
import type { FlattenedShape } from "../flatten.ts";
import type { Layer } from "../layer.ts";
import type { ConstantOptions } from "./constant_options.ts";
import { constantParameter } from "./constant_parameter.ts";

/**
 * The same constant for every sample, whatever the input, called `value`, a buffer unless it is trained: for example a class token that is concatenated with a value
 * that depends on the input.
 *
 * @param shape The constant's shape.
 * @param outputShape The shape of a sample, with as many numbers; the constant's own unless given.
 * @throws {UserError} for an option outside its range, or shapes of different sizes.
 */
export function constantValue(
  shape: readonly number[],
  { trained = false, initial = 0 }: ConstantOptions = {},
  outputShape = shape,
): Layer<FlattenedShape> {
  checkOptions("a constant", [list(0), { shape, outputShape }], [finite, { initial }]);
  const check = optionCheck("building a constant");
  check(
    size(shape) === size(outputShape),
    `an outputShape of ${size(shape)} numbers`,
    `[${outputShape}]`,
  );
  return {
    describe: () => ({
      outputShape,
      parameters: constantParameter(shape, { trained, initial }),
    }),
    forward({ value }, x) {
      const ones = tf.ones([x.shape[0]!, ...outputShape.map(() => 1)]);
      const output = tf.mul(tf.reshape(value!, [1, ...outputShape]), ones);
      return { output, trace: { shape: x.shape.slice(1) } };
    },
    reverse: (_, { shape }, gradient) => tf.zeros([gradient.shape[0]!, ...shape]),
    linearize({ value }, _, __, unit) {
      const units = tf.reshape(unit, [-1, ...outputShape.map(() => 1)]);
      return tf.mul(tf.reshape(value!, [1, ...outputShape]), units);
    },
  };
}
