import { imageSide } from "../data/images/imagenet.ts";
import { UserError } from "../engine/user_error.ts";
import { networkFor, networkNames } from "./by_name.ts";
import { imageScaleOf } from "./image_scale.ts";
import { listNames, type Weights } from "./weights.ts";

/**
 * The name of the network with the same parameter names as a file.
 *
 * @param path The file, for the message.
 * @throws {UserError} when there is no such network.
 */
export function networkOfWeights(weights: Weights, path: string): string {
  const names = new Set(Object.keys(weights));
  const found = networkNames.find((network) =>
    names.symmetricDifference(namesOf(network)).size === 0
  );
  if (found) return found;
  throw new UserError(
    `reading ${path}: expected the parameters of one of the networks ${
      networkNames.join(", ")
    }, got ${listNames(weights)}`,
  );
}

/** The names of a network's parameters, for any images. */
function namesOf(network: string): Set<string> {
  const side = imageSide(imageScaleOf(network));
  return new Set(
    Object.keys(networkFor(network, { inputShape: [3, side, side], classes: 2 }).parameters),
  );
}
