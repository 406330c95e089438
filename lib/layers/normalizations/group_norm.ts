import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../engine/user_error.ts";
import { checkOptions, notNegative, whole } from "../checks/check_options.ts";
import type { Layer } from "../layer.ts";
import { type FunctionTrace, ofFunction } from "../of_function.ts";

/** The options of {@link groupNorm}. */
export interface GroupNormOptions {
  /** Keeps the square root away from 0; 1e-5 unless given. */
  readonly epsilon?: number;
  /** Whether weight and bias are trained; true unless given. */
  readonly trained?: boolean;
}

/**
 * Group normalisation (Wu and He 2018): groups of neighbouring channels, with all their positions, get a mean of 0 and a variance of 1;
 * then each channel is multiplied by its weight, and its bias is added. One group per channel is instance normalisation.
 *
 * @param groups How many groups the channels, the first axis of a sample, are divided into; one per channel unless given.
 * @throws {UserError} for an option outside its range; in use, when the groups do not divide the channels.
 */
export function groupNorm(
  groups?: number,
  { epsilon = 1e-5, trained = true }: GroupNormOptions = {},
): Layer<FunctionTrace> {
  checkOptions("a group normalisation", [whole(1), groups === undefined ? {} : { groups }], [
    notNegative,
    { epsilon },
  ]);
  return ofFunction(
    (x, { weight, bias }) => {
      const [rows, channels, ...positions] = x.shape as [number, number, ...number[]];
      const members = tf.reshape(x, [rows, groups ?? channels, -1]);
      const centred = tf.sub(members, tf.mean(members, 2, true));
      const variance = tf.mean(tf.square(centred), 2, true);
      const normalized = tf.div(centred, tf.sqrt(tf.add(variance, epsilon)));
      const perChannel = [1, channels, ...positions.map(() => 1)];
      const scaled = tf.mul(tf.reshape(normalized, x.shape), tf.reshape(weight!, perChannel));
      return tf.add(scaled, tf.reshape(bias!, perChannel));
    },
    (inputShape) => {
      const channels = inputShape[0] ?? 0;
      if (!(channels % (groups ?? 1) === 0 && channels >= (groups ?? 1))) {
        throw new UserError(
          `building a group normalisation: expected channels that ${groups} groups divide, got the shape [${inputShape}]`,
        );
      }
      const own = { shape: [channels], buffer: !trained };
      return {
        outputShape: inputShape,
        parameters: { weight: { ...own, initial: () => 1 }, bias: { ...own, initial: () => 0 } },
      };
    },
  );
}
