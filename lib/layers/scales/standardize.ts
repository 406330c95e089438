import * as tf from "@tensorflow/tfjs";
import type { NDArray } from "../../engine/nd_array.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { UserError } from "../../engine/user_error.ts";
import { array, checkOptions } from "../checks/check_options.ts";
import type { Layer } from "../layer.ts";
import { fixed } from "./fixed.ts";

/** What {@link standardize} subtracts and divides by. */
export interface StandardizeOptions {
  /** Of a shape that broadcasts with a sample; 0 unless given. */
  readonly mean?: NDArray | undefined;
  /** Of a shape that broadcasts with a sample; 1 unless given. */
  readonly deviation?: NDArray | undefined;
}

/**
 * y = (x - mean) / deviation. Both are buffers: never trained.
 *
 * @throws {UserError} for an option outside its range; in use, when the mean or the deviation does not fit the input.
 */
export function standardize({ mean, deviation }: StandardizeOptions): Layer<null> {
  const given = Object.entries({ mean, deviation }).filter(([, array]) => array !== undefined);
  checkOptions("a standardisation", [array, Object.fromEntries(given)]);
  const divided = (x: Tensor, by: Tensor | undefined) => by ? tf.div(x, by) : x;
  return {
    describe(inputShape) {
      for (const [name, array] of given) checkBroadcasts(name, array!.shape, inputShape);
      return {
        outputShape: inputShape,
        parameters: Object.fromEntries(given.map(([name, array]) => [name, fixed(array!)])),
      };
    },
    forward: ({ mean, deviation }, x) => ({
      output: divided(mean ? tf.sub(x, mean) : x, deviation),
      trace: null,
    }),
    reverse: ({ deviation }, _, gradient) => divided(gradient, deviation),
    linearize({ mean, deviation }, _, v, unit) {
      const units = tf.reshape(unit, [-1, ...v.shape.slice(1).map(() => 1)]);
      return divided(mean ? tf.sub(v, tf.mul(units, mean)) : v, deviation);
    },
  };
}

function checkBroadcasts(
  name: string,
  shape: readonly number[],
  inputShape: readonly number[],
): void {
  const opposite = inputShape.slice(inputShape.length - shape.length);
  const fits = shape.length <= inputShape.length &&
    shape.every((extent, axis) => extent === 1 || extent === opposite[axis]);
  if (fits) return;
  throw new UserError(
    `scaling inputs: expected a ${name} that fits inputs of shape [${inputShape}], got the shape [${shape}]`,
  );
}
