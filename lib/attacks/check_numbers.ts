import { checkImages } from "../data/check_images.ts";
import type { Network } from "../networks/network.ts";
import { checkFinite, type Weights } from "../networks/weights.ts";
import { inputLength } from "./chunk_size.ts";

/**
 * Checks that a network is given finite numbers: with others every class is as likely, and no attack finds a way.
 *
 * @param images [count, ...inputShape].
 * @param doing What the network is about to do: "attacking".
 * @throws UserError naming the first tensor or image that holds NaN or an infinite number.
 */
export function checkNumbers(
  network: Network,
  weights: Weights,
  images: Float32Array,
  doing = "attacking",
): void {
  checkFinite(weights, `${doing} ${network.name}`);
  checkImages({ images, length: inputLength(network), doing: `${doing} ${network.name}` });
}
