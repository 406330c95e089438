import { conv2d } from "../layers/conv2d.ts";
import { dense } from "../layers/dense.ts";
import { dropout } from "../layers/dropout.ts";
import { flatten } from "../layers/flatten.ts";
import { maxPool } from "../layers/max_pool.ts";
import type { Layer } from "../layers/layer.ts";
import { relu } from "../layers/activations/relu.ts";
import { serial } from "../layers/serial.ts";
import { defineNetwork, type Network } from "./network.ts";

/**
 * AlexNet as in torchvision (Krizhevsky 2014: one tower, no normalisation), with torchvision's names for parameters: images of 224x224,
 * or other ones from 63x63 on, RGB, normalised. Its weights are initialised as in He et al. (2015). The average pooling to 6x6 before
 * the classifier has no effect at 224x224 and is omitted.
 *
 * @throws {UserError} when the images do not fit the network.
 */
export function alexnetTorchvision(inputShape: readonly number[], classes: number): Network {
  const pool = () => maxPool(3, { stride: 2 });
  const layers = serial({
    features: serial({
      0: convolution(64, 11, { stride: 4, pad: 2 }),
      1: relu(),
      2: pool(),
      3: convolution(192, 5, { pad: 2 }),
      4: relu(),
      5: pool(),
      6: convolution(384, 3, { pad: 1 }),
      7: relu(),
      8: convolution(256, 3, { pad: 1 }),
      9: relu(),
      10: convolution(256, 3, { pad: 1 }),
      11: relu(),
      12: pool(),
    }),
    flatten: flatten(),
    classifier: serial({
      0: dropout(0.5),
      1: hidden(4096),
      2: relu(),
      3: dropout(0.5),
      4: hidden(4096),
      5: relu(),
      6: dense(classes),
    }),
  });
  return defineNetwork({ name: "alexnet_torchvision", inputShape, layers });
}

function convolution(
  channels: number,
  kernel: number,
  { stride = 1, pad }: { readonly stride?: number; readonly pad: number },
): Layer {
  return conv2d(channels, kernel, {
    stride,
    pad,
    deviation: Math.sqrt(2 / (channels * kernel ** 2)),
  });
}

function hidden(units: number): Layer {
  return dense(units, { deviation: Math.sqrt(2 / units) });
}
