import { UserError } from "../engine/user_error.ts";
import { alexnet } from "./alexnet.ts";
import { alexnetTorchvision } from "./alexnet_torchvision.ts";
import { convnet } from "./convnet.ts";
import { lenet } from "./lenet.ts";
import { mlp } from "./mlp.ts";
import { mlpBn } from "./mlp_bn.ts";
import type { Network } from "./network.ts";
import { nin } from "./nin.ts";
import { resnet18 } from "./resnet18.ts";

/** The networks that can be named on the command line. */
const networks: Readonly<
  Record<string, (inputShape: readonly number[], classes: number) => Network>
> = {
  mlp,
  mlp_bn: mlpBn,
  lenet,
  convnet,
  nin,
  alexnet,
  alexnet_torchvision: alexnetTorchvision,
  resnet18,
};

/** What a network must fit. */
export interface Fitted {
  /** Shape of one input, [C, H, W]. */
  readonly inputShape: readonly number[];
  /** Number of classes. */
  readonly classes: number;
}

/** The names that {@link networkFor} knows. */
export const networkNames: readonly string[] = Object.keys(networks);

/**
 * The network of this name for a data set's images and classes.
 *
 * @throws {UserError} when the name is not known, or the images do not fit the network.
 */
export function networkFor(name: string, { inputShape, classes }: Fitted): Network {
  const network = networks[name];
  if (!network) {
    throw new UserError(
      `choosing a network: expected one of ${networkNames.join(", ")}, got ${name}`,
      2,
    );
  }
  return network(inputShape, classes);
}
