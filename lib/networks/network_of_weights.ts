import { imageSide } from "../data/images/imagenet.ts";
import { UserError } from "../engine/user_error.ts";
import { networkFor, networkNames } from "./by_name.ts";
import { imageScaleOf } from "./image_scale.ts";
import { isPart, leftOver, type NameMap, prefixesOf, renamed } from "./tensor_names.ts";
import { listNames } from "./check_weights.ts";

/**
 * The name of the network whose parameters a file holds. What stands before all names, such as `module.`, does not count, nor do
 * tensors that no layer has, such as counters.
 *
 * @param tensors The file's tensors, or anything else under their names.
 * @param path The file, for the message.
 * @param rename A map from the file's names to the network's.
 * @throws {UserError} when there is no such network.
 */
export function networkOfWeights(
  tensors: Readonly<Record<string, unknown>>,
  path: string,
  rename: NameMap = {},
): string {
  const names = Object.keys(tensors).map((name) => renamed(name, rename).name);
  const found = networkNames.find((network) => {
    const parameters = parametersOf(network);
    const { whole: [prefix] } = prefixesOf(names, parameters);
    return prefix !== undefined && !leftOver(names, parameters, prefix).some(isPart);
  });
  if (found) return found;
  throw new UserError(
    `reading ${path}: expected the parameters of one of the networks ${
      networkNames.join(", ")
    }, got ${listNames(tensors)}`,
  );
}

/** The names of a network's parameters, for any images. */
function parametersOf(network: string): string[] {
  const side = imageSide(imageScaleOf(network));
  return Object.keys(networkFor(network, { inputShape: [3, side, side], classes: 2 }).parameters);
}
