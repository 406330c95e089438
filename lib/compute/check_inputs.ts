import { checkImages } from "../data/check_images.ts";
import { UserError } from "../engine/user_error.ts";
import type { Model } from "../networks/model.ts";
import { checkFinite, checkWeights } from "../networks/weights.ts";
import { inputLength } from "./chunk_size.ts";

/**
 * Checks what a network is about to be run on. With numbers that are not finite every class is as likely, and no attack
 * finds a way.
 *
 * @param doing What is being done, for the message: "attacking lenet with DeepFool".
 * @param images [count, ...inputShape].
 * @param classes A class for each, [count], where there are any.
 * @returns How many images there are.
 * @throws {UserError} when weights, images, classes and network do not fit, or naming the first tensor or image that holds a
 * number that is not finite.
 */
export function checkInputs(
  doing: string,
  { network, weights }: Model,
  images: Float32Array,
  classes?: Uint16Array,
): number {
  const fail = (expected: string, came: string) => {
    throw new UserError(`${doing}: expected ${expected}, got ${came}`);
  };
  const length = inputLength(network);
  const count = images.length / length;
  if (!(images instanceof Float32Array)) fail("images as a Float32Array", typeOf(images));
  if (!Number.isInteger(count)) {
    fail(`images of ${length} numbers each`, `${images.length} numbers`);
  }
  if (classes && !(classes instanceof Uint16Array)) {
    fail("labels as a Uint16Array", typeOf(classes));
  }
  if (classes && classes.length !== count) fail(`${count} labels`, `${classes.length}`);
  const unknown = classes?.find((label) => label >= network.classes);
  if (unknown !== undefined) fail(`labels below ${network.classes}`, `${unknown}`);
  checkWeights(weights, network.parameters, doing);
  checkFinite(weights, doing);
  checkImages({ images, length, doing });
  return count;
}

/** What a value is, for a message: callers without types may give anything. */
function typeOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
