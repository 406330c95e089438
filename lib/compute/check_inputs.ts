import type { AnySplit } from "../data/dataset.ts";
import { UserError } from "../engine/user_error.ts";
import type { Model } from "../networks/model.ts";
import type { Network } from "../networks/network.ts";
import { checkFinite, checkWeights } from "../networks/check_weights.ts";
import { countImages } from "../networks/count_images.ts";
import { typeOf } from "../networks/type_of.ts";

/**
 * Checks the inputs before a network is run on them. With numbers that are not finite, no class is more likely than another and no attack
 * finds a direction.
 *
 * @param doing What is being done, for the message: "attacking lenet with DeepFool".
 * @param images [count, ...inputShape].
 * @param labels A class for each, [count], where there are any.
 * @returns How many images there are.
 * @throws {UserError} when weights, images, labels and network do not fit, or naming the first tensor or image that holds a
 * number that is not finite.
 */
export function checkInputs(
  doing: string,
  { network, weights }: Model,
  images: Float32Array,
  labels?: Uint16Array,
): number {
  const count = countImages(doing, network, images);
  if (labels) checkLabels(doing, network, labels, count);
  checkWeights(weights, network.parameters, doing);
  checkFinite(weights, doing);
  return count;
}

/**
 * Checks a split before a network is trained or measured on it. The images of a split that is read on demand are
 * checked when they are read.
 *
 * @param doing What is being done, for the message: "training lenet".
 * @throws {UserError} when there is no image, or images, labels and network do not fit, or naming the first image that holds a
 * number that is not finite.
 */
export function checkSplit(doing: string, network: Network, split: AnySplit): void {
  if (!(Number.isInteger(split.count) && split.count >= 1)) fail(doing, "images", `${split.count}`);
  checkLabels(doing, network, split.labels, split.count);
  if (!("images" in split)) return;
  const count = countImages(doing, network, split.images);
  if (count !== split.count) fail(doing, `${split.count} images`, `${count}`);
}

function checkLabels(
  doing: string,
  { classes }: Network,
  labels: Uint16Array,
  count: number,
): void {
  if (!(labels instanceof Uint16Array)) fail(doing, "labels as a Uint16Array", typeOf(labels));
  if (labels.length !== count) fail(doing, `${count} labels`, `${labels.length}`);
  const unknown = labels.find((label) => label >= classes);
  if (unknown !== undefined) fail(doing, `labels below ${classes}`, `${unknown}`);
}

function fail(doing: string, expected: string, came: string): never {
  throw new UserError(`${doing}: expected ${expected}, got ${came}`);
}
