import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../engine/tensor.ts";
import { UserError } from "../../engine/user_error.ts";
import { checkOptions, whole } from "../checks/check_options.ts";
import type { Junction } from "./junction.ts";
import { listed } from "./broadcast.ts";

/** The inputs' extents along the axis of the concatenation. */
export interface ConcatTrace {
  /** One extent per input. */
  readonly extents: readonly number[];
}

/**
 * Concatenates inputs along an axis; all other extents must be equal.
 *
 * @param axis Counted as in PyTorch, with the batch as axis 0; -1 is the last; 1 (channels) unless given.
 * @throws {UserError} for an option outside its range; in use, when the inputs' shapes do not fit together.
 */
export function concat({ axis = 1 }: { readonly axis?: number } = {}): Junction<ConcatTrace> {
  checkOptions("a concatenation", [whole(), { axis }]);
  const join = (inputs: readonly Tensor[]) => tf.concat([...inputs], axis);
  return {
    describe(inputShapes) {
      const [shape = []] = inputShapes;
      const at = axis < 0 ? axis + shape.length : axis - 1;
      const others = inputShapes.map((one) => String(one.toSpliced(at, 1)));
      const ranks = inputShapes.some((one) => one.length !== shape.length);
      if (!(at in shape) || ranks || others.some((one) => one !== others[0])) {
        throw new UserError(
          `building a concatenation along axis ${axis}: expected inputs that have this axis, not the batch's, and agree in all others, got ${
            listed(inputShapes)
          }`,
        );
      }
      const extent = inputShapes.reduce((sum, one) => sum + one[at]!, 0);
      return { outputShape: shape.with(at, extent) };
    },
    forward: (_, inputs) => ({
      output: join(inputs),
      trace: { extents: inputs.map(({ shape }) => shape.at(axis)!) },
    }),
    reverse: (_, { extents }, gradient) => tf.split(gradient, [...extents], axis),
    linearize: (_, __, inputs) => join(inputs),
  };
}
