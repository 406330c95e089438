import { allFinite, firstNotFinite } from "../engine/finite.ts";
import { UserError } from "../engine/user_error.ts";
import { argMax } from "./arg_max.ts";

/** Logits that left the range of 32-bit numbers, though weights and inputs are finite: no class is the largest. */
export class NotFiniteLogitsError extends UserError {
  /** @param image The image, by its place among those that were given; undefined where it is not known. */
  constructor(message: string, readonly image?: number) {
    super(message);
  }
}

/** The class of the largest logit; NaN where a logit is not finite. */
export function classOf(logits: Float32Array): number {
  return allFinite(logits) ? argMax(logits) : NaN;
}

/** The error for the logits of one image, by its place among those that were given. */
export function notFiniteLogits(doing: string, image: number): NotFiniteLogitsError {
  return new NotFiniteLogitsError(
    `${doing}: expected finite logits, got NaN or Infinity for image ${image}: ` +
      "the weights, or how far the image was moved, are too large for 32-bit numbers",
    image,
  );
}

/**
 * Checks that logits are finite.
 *
 * @param logits [count, classes].
 * @param doing What is being done, for the message: "predicting with lenet".
 * @throws {NotFiniteLogitsError} naming the first image whose logits are not.
 */
export function checkLogits(doing: string, logits: Float32Array, classes: number): void {
  const at = firstNotFinite(logits);
  if (at >= 0) throw notFiniteLogits(doing, Math.floor(at / classes));
}
