import * as tf from "@tensorflow/tfjs";
import { isFrom, optionCheck } from "../engine/option_check.ts";
import { maskRows } from "../engine/primitives/pooling.ts";
import type { Tensor } from "../engine/tensor.ts";
import { spelled } from "./checks/check_options.ts";
import type { Layer } from "./layer.ts";

/** The mask of a pass in training. */
export interface DropoutTrace {
  /** [N, ...inputShape]; none outside training. */
  readonly mask: Tensor | undefined;
}

/**
 * Dropout (Srivastava et al. 2014): in training every number is dropped with a probability, and the others are
 * divided by the probability of staying. A step draws one mask per sample, given as `mask` among the weights, for all of
 * its passes: for the loss, for the attacks that it trains against, and for the regulariser in every iteration.
 * Without a mask, as in evaluation, attacks and metrics, the layer changes nothing.
 *
 * @param rate The probability of dropping a number, in [0, 1).
 * @throws {UserError} when the rate is outside [0, 1).
 */
export function dropout(rate: number): Layer<DropoutTrace> {
  optionCheck("building a dropout layer")(
    isFrom(rate, 0) && rate < 1,
    "a rate in [0, 1)",
    spelled(rate),
  );
  return {
    describe: (inputShape) => ({
      outputShape: inputShape,
      masks: { mask: { shape: inputShape, rate } },
    }),
    forward: ({ mask }, x) => ({ output: mask ? tf.mul(x, mask) : x, trace: { mask } }),
    reverse: (_, { mask }, gradient) => mask ? maskRows(gradient, mask) : gradient,
    linearize: (_, { mask }, v) => mask ? tf.mul(v, mask) : v,
  };
}
