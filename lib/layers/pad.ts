import * as tf from "@tensorflow/tfjs";
import { UserError } from "../engine/user_error.ts";
import { checkOptions, type Kind, list, number } from "./checks/check_options.ts";
import type { FlattenedShape } from "./flatten.ts";
import type { Layer } from "./layer.ts";

/** How many elements are added to each axis of a sample, before and after. */
export type Padding = readonly (readonly [before: number, after: number])[];

/** Pairs of numbers for {@link pad}. */
const pairs: Kind = {
  expected: "a list of two whole numbers from 0 for each axis",
  holds: (value) =>
    Array.isArray(value) && value.every((pair) => list(0).holds(pair) && pair.length === 2),
};

/** The largest value of a padding. Infinity times 0, of a mask or of a gradient, would not be 0. */
const largest = 2 ** 100;

/**
 * Pads a sample with one value. Its reverse layer cuts the padding off. Before a maximum -Infinity may be given; values beyond
 * 2^100 on either side count as that.
 *
 * @param padding One pair for each axis of a sample.
 * @param value The value of the padding; 0 unless given.
 * @throws {UserError} for an option outside its range; in use, unless there are two numbers for each axis of the input.
 */
export function pad(padding: Padding, value = 0): Layer<FlattenedShape> {
  checkOptions("a layer that pads", [pairs, { padding }], [number, { value }]);
  const filling = Math.min(Math.max(value, -largest), largest);
  const paddings: [number, number][] = [
    [0, 0],
    ...padding.map(([a, b]) => [a, b] as [number, number]),
  ];
  const starts = paddings.map(([before]) => before);
  return {
    describe(inputShape) {
      if (padding.length !== inputShape.length) {
        throw new UserError(
          `building a layer that pads: expected two numbers from 0 for each axis of [${inputShape}], got ${
            JSON.stringify(padding)
          }`,
        );
      }
      return {
        outputShape: inputShape.map((extent, i) => extent + padding[i]![0] + padding[i]![1]),
      };
    },
    forward: (_, x) => ({
      output: tf.pad(x, paddings, filling),
      trace: { shape: x.shape.slice(1) },
    }),
    reverse: (_, { shape }, gradient) => tf.slice(gradient, starts, [gradient.shape[0]!, ...shape]),
    linearize(_, { shape }, v, unit) {
      const moved = tf.pad(v, paddings);
      if (value === 0) return moved;
      const around = tf.pad(tf.zeros([1, ...shape]), paddings.with(0, [0, 0]), filling);
      return tf.add(moved, tf.mul(tf.reshape(unit, [-1, ...shape.map(() => 1)]), around));
    },
  };
}
