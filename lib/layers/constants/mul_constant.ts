import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../engine/tensor.ts";
import { checkOptions, finite, list } from "../checks/check_options.ts";
import type { Layer } from "../layer.ts";
import { broadcastTo } from "./broadcast_to.ts";
import type { ConstantOptions } from "./constant_options.ts";
import { constantParameter } from "./constant_parameter.ts";

/** The options of {@link mulConstant}. */
export interface MulConstantOptions extends ConstantOptions {
  /** Whether the input is divided by the constant; false unless given. */
  readonly divide?: boolean;
}

/**
 * Multiplies with a constant called `value`, a buffer unless it is trained: one over a deviation, a scale of every channel.
 *
 * @param shape The constant's shape, broadcast with a sample from the last axis; an axis of 1 may stand for the batch.
 * @throws {UserError} for an option outside its range; in use, when the constant does not fit the input.
 */
export function mulConstant(
  shape: readonly number[],
  { trained = false, initial = 1, divide = false }: MulConstantOptions = {},
): Layer<null> {
  checkOptions("a product with a constant", [list(0), { shape }], [finite, { initial }]);
  const scaled = (x: Tensor, value: Tensor) => divide ? tf.div(x, value) : tf.mul(x, value);
  return {
    describe: (inputShape) => ({
      outputShape: broadcastTo(inputShape, shape, "a product"),
      parameters: constantParameter(shape, { trained, initial }),
    }),
    forward: ({ value }, x) => ({ output: scaled(x, value!), trace: null }),
    reverse: ({ value }, _, gradient) => scaled(gradient, value!),
    linearize: ({ value }, _, v) => scaled(v, value!),
  };
}
