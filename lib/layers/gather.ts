import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../engine/tensor.ts";
import { UserError } from "../engine/user_error.ts";
import { checkOptions, list, whole } from "./checks/check_options.ts";
import type { FlattenedShape } from "./flatten.ts";
import type { Layer } from "./layer.ts";

/**
 * Takes positions along one axis in a given order: 2, 1, 0 turns RGB channels into BGR. A position may be taken several times. Its
 * reverse layer adds up the gradients at each position.
 *
 * @param places The positions, whole numbers from 0.
 * @param axis Counted as in PyTorch, with the batch as axis 0; 1 (channels) unless given.
 * @throws {UserError} for an option outside its range; in use, when the input does not have this axis or these positions.
 */
export function gather(places: readonly number[], axis = 1): Layer<FlattenedShape> {
  checkOptions("a layer that takes places", [list(0), { places }], [whole(1), { axis }]);
  const pick = (x: Tensor, place: number) =>
    tf.slice(x, x.shape.map((_, i) => i === axis ? place : 0), x.shape.with(axis, 1));
  const taken = (x: Tensor) => tf.concat(places.map((place) => pick(x, place)), axis);
  return {
    describe(inputShape) {
      const extent = inputShape[axis - 1] ?? 0;
      if (places.length === 0 || places.some((place) => !(place >= 0 && place < extent))) {
        throw new UserError(
          `building a layer that takes places along axis ${axis}: expected places from 0 to ${
            extent - 1
          } of the shape [${inputShape}], got [${places}]`,
        );
      }
      return { outputShape: inputShape.with(axis - 1, places.length) };
    },
    forward: (_, x) => ({ output: taken(x), trace: { shape: x.shape.slice(1) } }),
    reverse(_, { shape }, gradient) {
      const extent = shape[axis - 1]!;
      const back = places.map((place, i) => {
        const around = [place, extent - 1 - place] as [number, number];
        return tf.pad(
          pick(gradient, i),
          gradient.shape.map((_, j) => j === axis ? around : [0, 0]),
        );
      });
      return back.reduce((sum, one) => tf.add(sum, one));
    },
    linearize: (_, __, v) => taken(v),
  };
}
