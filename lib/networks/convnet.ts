import { averagePool } from "../layers/average_pool.ts";
import { conv2d } from "../layers/conv2d.ts";
import { flatten } from "../layers/flatten.ts";
import { maxPool } from "../layers/max_pool.ts";
import { relu } from "../layers/activations/relu.ts";
import { serial } from "../layers/serial.ts";
import { defineNetwork, type Network } from "./network.ts";

/**
 * The paper's ConvNet for CIFAR-10, MatConvNet's "lenet" example; images of 32x32.
 *
 * @throws {UserError} when the images do not fit the network.
 */
export function convnet(inputShape: readonly number[], classes: number): Network {
  const deviation = 0.05;
  const layers = serial({
    conv1: conv2d(32, 5, { pad: 2, deviation: 0.01 }),
    pool1: maxPool(2),
    relu1: relu(),
    conv2: conv2d(32, 5, { pad: 2, deviation }),
    relu2: relu(),
    pool2: averagePool(2),
    conv3: conv2d(64, 5, { pad: 2, deviation }),
    relu3: relu(),
    pool3: averagePool(2),
    conv4: conv2d(64, 4, { deviation }),
    relu4: relu(),
    conv5: conv2d(classes, 1, { deviation }),
    flatten: flatten(),
  });
  return defineNetwork({ name: "convnet", inputShape, layers });
}
