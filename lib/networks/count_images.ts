import { checkImages } from "../data/check_images.ts";
import { size } from "../engine/nd_array.ts";
import { UserError } from "../engine/user_error.ts";
import type { Network } from "./network.ts";
import { typeOf } from "./type_of.ts";

/**
 * Checks images for a network.
 *
 * @param doing What is being done, for the message: "attacking lenet with DeepFool".
 * @param images [count, ...inputShape].
 * @returns How many there are.
 * @throws {UserError} when they are not whole images, or naming the first one that holds a number that is not finite.
 */
export function countImages(
  doing: string,
  { inputShape }: Pick<Network, "inputShape">,
  images: Float32Array,
): number {
  const fail = (expected: string, came: string): never => {
    throw new UserError(`${doing}: expected ${expected}, got ${came}`);
  };
  const length = size(inputShape);
  if (!(images instanceof Float32Array)) fail("images as a Float32Array", typeOf(images));
  const count = images.length / length;
  if (!Number.isInteger(count)) {
    fail(`images of ${length} numbers each`, `${images.length} numbers`);
  }
  checkImages({ images, length, doing });
  return count;
}
