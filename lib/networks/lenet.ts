import { conv2d } from "../layers/conv2d.ts";
import { dense } from "../layers/dense.ts";
import { flatten } from "../layers/flatten.ts";
import { maxPool } from "../layers/max_pool.ts";
import { relu } from "../layers/activations/relu.ts";
import { serial } from "../layers/serial.ts";
import { defineNetwork, type Network } from "./network.ts";

/**
 * The paper's LeNet, as published by DeepFool's authors: without rectifiers after the convolutions.
 *
 * @throws {UserError} when the images do not fit the network.
 */
export function lenet(inputShape: readonly number[], classes: number): Network {
  const layers = serial({
    conv1: conv2d(20, 5),
    pool1: maxPool(2),
    conv2: conv2d(50, 5),
    pool2: maxPool(2),
    flatten: flatten(),
    fc1: dense(500),
    relu1: relu(),
    fc2: dense(classes),
  });
  return defineNetwork({ name: "lenet", inputShape, layers });
}
