import { conv2d } from "../layers/conv2d.ts";
import { dense } from "../layers/dense.ts";
import { dropout } from "../layers/dropout.ts";
import { flatten } from "../layers/flatten.ts";
import { localResponseNorm } from "../layers/local_response_norm.ts";
import { maxPool } from "../layers/max_pool.ts";
import { relu } from "../layers/activations/relu.ts";
import { serial } from "../layers/serial.ts";
import { defineNetwork, type Network } from "./network.ts";

/**
 * AlexNet (Krizhevsky et al. 2012) as in Caffe, with normalisations and convolutions in two groups: images of 227x227, BGR,
 * pixels 0-255 minus their mean.
 *
 * @throws {UserError} when the images do not fit the network.
 */
export function alexnet(inputShape: readonly number[], classes: number): Network {
  const pool = () => maxPool(3, { stride: 2 });
  const groups = 2;
  const layers = serial({
    conv1: conv2d(96, 11, { stride: 4 }),
    relu1: relu(),
    norm1: localResponseNorm(),
    pool1: pool(),
    conv2: conv2d(256, 5, { pad: 2, groups }),
    relu2: relu(),
    norm2: localResponseNorm(),
    pool2: pool(),
    conv3: conv2d(384, 3, { pad: 1 }),
    relu3: relu(),
    conv4: conv2d(384, 3, { pad: 1, groups }),
    relu4: relu(),
    conv5: conv2d(256, 3, { pad: 1, groups }),
    relu5: relu(),
    pool5: pool(),
    flatten: flatten(),
    fc6: dense(4096, { deviation: 0.005 }),
    relu6: relu(),
    drop6: dropout(0.5),
    fc7: dense(4096, { deviation: 0.005 }),
    relu7: relu(),
    drop7: dropout(0.5),
    fc8: dense(classes),
  });
  return defineNetwork({ name: "alexnet", inputShape, layers });
}
