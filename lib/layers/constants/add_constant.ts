import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../engine/tensor.ts";
import { checkOptions, finite, list } from "../checks/check_options.ts";
import type { Layer } from "../layer.ts";
import { broadcastTo } from "./broadcast_to.ts";
import type { ConstantOptions } from "./constant_options.ts";
import { constantParameter } from "./constant_parameter.ts";

/** The options of {@link addConstant}. */
export interface AddConstantOptions extends ConstantOptions {
  /** Whether the constant is subtracted; false unless given. */
  readonly minus?: boolean;
}

/**
 * Adds a constant called `value`, a buffer unless it is trained: a mean image, a mean of every channel, a bias.
 *
 * @param shape The constant's shape, broadcast with a sample from the last axis; an axis of 1 may stand for the batch.
 * @throws {UserError} for an option outside its range; in use, when the constant does not fit the input.
 */
export function addConstant(
  shape: readonly number[],
  { trained = false, initial = 0, minus = false }: AddConstantOptions = {},
): Layer<null> {
  checkOptions("a sum with a constant", [list(0), { shape }], [finite, { initial }]);
  const shifted = (x: Tensor, shift: Tensor) => minus ? tf.sub(x, shift) : tf.add(x, shift);
  return {
    describe: (inputShape) => ({
      outputShape: broadcastTo(inputShape, shape, "a sum"),
      parameters: constantParameter(shape, { trained, initial }),
    }),
    forward: ({ value }, x) => ({ output: shifted(x, value!), trace: null }),
    reverse: (_, __, gradient) => gradient,
    linearize({ value }, _, v, unit) {
      const units = tf.reshape(unit, [-1, ...v.shape.slice(1).map(() => 1)]);
      return shifted(v, tf.mul(units, value!));
    },
  };
}
