import { averagePool } from "../layers/average_pool.ts";
import { conv2d } from "../layers/conv2d.ts";
import { dropout } from "../layers/dropout.ts";
import { globalAveragePool } from "../layers/global_average_pool.ts";
import { maxPool } from "../layers/max_pool.ts";
import { relu } from "../layers/activations/relu.ts";
import { serial } from "../layers/serial.ts";
import { defineNetwork, type Network } from "./network.ts";

/**
 * The paper's NIN for CIFAR-10 (Lin et al. 2014, MatConvNet's example), for images of 32x32: its last pool averages the 8x8
 * numbers that remain of them, and all that remain of other images. Filters are initialised as in He et al. (2015), the last ones with a tenth
 * of that.
 *
 * @throws {UserError} when the images do not fit the network.
 */
export function nin(inputShape: readonly number[], classes: number): Network {
  const conv = (channels: number, kernel: number, inputs: number, scale = 1) =>
    conv2d(channels, kernel, {
      pad: (kernel - 1) / 2,
      deviation: scale * Math.sqrt(2 / (inputs * kernel ** 2)),
    });
  const layers = serial({
    conv1: conv(192, 5, inputShape[0] ?? 1),
    relu1: relu(),
    conv2: conv(160, 1, 192),
    relu2: relu(),
    conv3: conv(96, 1, 160),
    relu3: relu(),
    pool1: maxPool(2),
    drop1: dropout(0.5),
    conv4: conv(192, 5, 96),
    relu4: relu(),
    conv5: conv(192, 1, 192),
    relu5: relu(),
    conv6: conv(192, 1, 192),
    relu6: relu(),
    pool2: averagePool(2),
    drop2: dropout(0.5),
    conv7: conv(192, 3, 192),
    relu7: relu(),
    conv8: conv(192, 1, 192),
    relu8: relu(),
    conv9: conv(classes, 1, 192, 0.1),
    pool3: globalAveragePool(),
  });
  return defineNetwork({ name: "nin", inputShape, layers });
}
