import { conv2d } from "../layers/conv2d.ts";
import { dense } from "../layers/dense.ts";
import { dropout } from "../layers/dropout.ts";
import { flatten } from "../layers/flatten.ts";
import { maxPool } from "../layers/max_pool.ts";
import { relu } from "../layers/activations/relu.ts";
import { serial } from "../layers/serial.ts";
import { defineNetwork, type Network } from "./network.ts";

/**
 * AlexNet as in torchvision (Krizhevsky 2014: one tower, no normalisation), with torchvision's names for parameters: images of 224x224,
 * RGB, normalised. The average pooling to 6x6 before the classifier has no effect at this size and is omitted.
 *
 * @throws {UserError} when the images do not fit the network.
 */
export function alexnetTorchvision(inputShape: readonly number[], classes: number): Network {
  const pool = () => maxPool(3, { stride: 2 });
  const layers = serial({
    features: serial({
      0: conv2d(64, 11, { stride: 4, pad: 2 }),
      1: relu(),
      2: pool(),
      3: conv2d(192, 5, { pad: 2 }),
      4: relu(),
      5: pool(),
      6: conv2d(384, 3, { pad: 1 }),
      7: relu(),
      8: conv2d(256, 3, { pad: 1 }),
      9: relu(),
      10: conv2d(256, 3, { pad: 1 }),
      11: relu(),
      12: pool(),
    }),
    flatten: flatten(),
    classifier: serial({
      0: dropout(0.5),
      1: dense(4096),
      2: relu(),
      3: dropout(0.5),
      4: dense(4096),
      5: relu(),
      6: dense(classes),
    }),
  });
  return defineNetwork({ name: "alexnet_torchvision", inputShape, layers });
}
