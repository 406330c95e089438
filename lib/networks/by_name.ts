import { UserError } from "../engine/user_error.ts";
import type { Statistics } from "../layers/batch_norm.ts";
import { alexnet } from "./alexnet.ts";
import { alexnetTorchvision } from "./alexnet_torchvision.ts";
import { type NetworkName, networks } from "./catalogue.ts";
import { convnet } from "./convnet.ts";
import { lenet } from "./lenet.ts";
import { mlp } from "./mlp.ts";
import { mlpBn } from "./mlp_bn.ts";
import type { Network } from "./network.ts";
import { nin } from "./nin.ts";
import { resnet18 } from "./resnet18.ts";

/** Builds a network for images of a shape and a number of classes. */
type Builder = (
  inputShape: readonly number[],
  classes: number,
  statistics?: Statistics,
) => Network;

/** How the networks of the catalogue are built. */
const builders: Readonly<Record<NetworkName, Builder>> = {
  mlp,
  mlp_bn: mlpBn,
  lenet,
  convnet,
  nin,
  alexnet,
  alexnet_torchvision: alexnetTorchvision,
  resnet18,
};

/** The inputs and classes that a network must fit. */
export interface Fitted {
  /** Shape of one input, [C, H, W]. */
  readonly inputShape: readonly number[];
  /** Number of classes. */
  readonly classes: number;
}

/** How a network is built. */
export interface NetworkForOptions {
  /** What its batch normalisations use in training, see {@link batchNorm}; `running` unless given. */
  readonly statistics?: Statistics | undefined;
}

/** The names that {@link networkFor} knows. */
export const networkNames: readonly string[] = Object.keys(networks);

/**
 * The network of this name for a data set's images and classes.
 *
 * @throws {UserError} when the name is not known, or the images do not fit the network.
 *
 * @example LeNet for inputs of MNIST's shape.
 * ```ts
 * import assert from "node:assert/strict";
 * import { networkFor } from "deep-defense";
 *
 * const network = networkFor("lenet", { inputShape: [1, 28, 28], classes: 10 });
 * assert.equal(network.classes, 10);
 * ```
 */
export function networkFor(
  name: string,
  { inputShape, classes }: Fitted,
  { statistics }: NetworkForOptions = {},
): Network {
  if (!Object.hasOwn(builders, name)) {
    throw new UserError(
      `choosing a network: expected one of ${networkNames.join(", ")}, got ${name}`,
      2,
    );
  }
  return builders[name as NetworkName](inputShape, classes, statistics);
}
