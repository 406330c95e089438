import { UserError } from "../engine/user_error.ts";
import type { Network } from "../networks/network.ts";
import { inputLength } from "./chunk_size.ts";

/**
 * How many inputs there are.
 *
 * @param doing What is being done, for the message: "attacking lenet with DeepFool".
 * @param images [count, ...inputShape].
 * @param classes A class for each, [count], where there are any.
 * @throws UserError when the images do not fit the network, or the classes do not fit the images.
 */
export function countInputs(
  doing: string,
  network: Network,
  images: Float32Array,
  classes?: Uint16Array,
): number {
  const length = inputLength(network);
  const count = images.length / length;
  const fail = (expected: string) => {
    throw new UserError(`${doing}: expected ${expected}`);
  };
  if (!Number.isInteger(count)) {
    fail(`images of ${length} numbers each, got ${images.length} numbers`);
  }
  if (classes && classes.length !== count) fail(`${count} labels, got ${classes.length}`);
  const unknown = classes?.find((label) => label >= network.classes);
  if (unknown !== undefined) fail(`labels below ${network.classes}, got ${unknown}`);
  return count;
}
