import { batchNorm, type Statistics } from "../layers/batch_norm.ts";
import { conv2d } from "../layers/conv2d.ts";
import { dense } from "../layers/dense.ts";
import { globalAveragePool } from "../layers/global_average_pool.ts";
import type { Layer } from "../layers/layer.ts";
import { maxPool } from "../layers/max_pool.ts";
import { relu } from "../layers/activations/relu.ts";
import { residual } from "../layers/residual.ts";
import { serial } from "../layers/serial.ts";
import { defineNetwork, type Network } from "./network.ts";

/**
 * ResNet-18 (He et al. 2016), with torchvision's names for parameters. Images of 224x224, or smaller ones, RGB, normalised.
 *
 * @param statistics Of its normalisations in training, see {@link batchNorm}; running ones, frozen, unless given.
 */
export function resnet18(
  inputShape: readonly number[],
  classes: number,
  statistics?: Statistics,
): Network {
  const norm = () => batchNorm({ statistics });
  const layers = serial({
    conv1: convolution(64, 7, { stride: 2, pad: 3 }),
    bn1: norm(),
    relu: relu(),
    maxpool: maxPool(3, { stride: 2, pad: 1 }),
    layer1: stage(64, 64, norm),
    layer2: stage(64, 128, norm),
    layer3: stage(128, 256, norm),
    layer4: stage(256, 512, norm),
    avgpool: globalAveragePool(),
    fc: dense(classes),
  });
  return defineNetwork({ name: "resnet18", inputShape, layers });
}

/** Two blocks; the first one halves the image where there are more channels. */
function stage(inputs: number, channels: number, norm: () => Layer): Layer {
  return serial({ 0: block(inputs, channels, norm), 1: block(channels, channels, norm) });
}

/** Two convolutions beside a shortcut, and a ReLU of the sum. */
function block(inputs: number, channels: number, norm: () => Layer): Layer {
  const stride = inputs === channels ? 1 : 2;
  const branch = serial({
    conv1: convolution(channels, 3, { stride, pad: 1 }),
    bn1: norm(),
    relu: relu(),
    conv2: convolution(channels, 3, { stride: 1, pad: 1 }),
    bn2: norm(),
  });
  const projection = serial({
    0: convolution(channels, 1, { stride, pad: 0 }),
    1: norm(),
  });
  return residual(branch, {
    activation: relu(),
    ...(stride === 1 ? {} : { shortcut: projection }),
  });
}

/** A convolution without offsets, since the normalisation after it has them, initialised as in He et al. (2015). */
function convolution(
  channels: number,
  kernel: number,
  { stride, pad }: { readonly stride: number; readonly pad: number },
): Layer {
  const deviation = Math.sqrt(2 / (channels * kernel ** 2));
  return conv2d(channels, kernel, { stride, pad, bias: false, deviation });
}
