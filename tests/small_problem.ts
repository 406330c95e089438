import type { Split } from "../lib/data/dataset.ts";
import { normal, random } from "../lib/engine/random.ts";
import { relu } from "../lib/layers/activations/relu.ts";
import { conv2d } from "../lib/layers/conv2d.ts";
import { dense } from "../lib/layers/dense.ts";
import { flatten } from "../lib/layers/flatten.ts";
import { maxPool } from "../lib/layers/max_pool.ts";
import { serial } from "../lib/layers/serial.ts";
import { defineNetwork, type Network } from "../lib/networks/network.ts";
import type { Weights } from "../lib/networks/weights.ts";

/** A small MLP for 1x6x6 images and 4 classes. */
export function smallMlp(): Network {
  const layers = serial({
    flatten: flatten(),
    fc1: dense(12, { deviation: 0.3 }),
    relu1: relu(),
    fc2: dense(8, { deviation: 0.4 }),
    relu2: relu(),
    fc3: dense(4, { deviation: 0.5 }),
  });
  return defineNetwork({ name: "small-mlp", inputShape: [1, 6, 6], layers });
}

/** A small convolutional network for 1x6x6 images and 4 classes. */
export function smallConvolutional(): Network {
  const layers = serial({
    conv1: conv2d(3, 3, { deviation: 0.5 }),
    pool1: maxPool(2),
    relu1: relu(),
    flatten: flatten(),
    fc1: dense(8, { deviation: 0.5 }),
    relu2: relu(),
    fc2: dense(4, { deviation: 0.5 }),
  });
  return defineNetwork({ name: "small-convolutional", inputShape: [1, 6, 6], layers });
}

/** Random images of 1x6x6 numbers in 4 classes that differ in their means. */
export function smallSplit(count: number, key: string): Split {
  const gauss = normal(random("small split", key));
  const labels = Uint16Array.from({ length: count }, (_, i) => i % 4);
  const images = Float32Array.from(
    { length: count * 36 },
    (_, i) => gauss() + (i % 4 === labels[Math.floor(i / 36)] ? 1 : 0),
  );
  return { images, labels, count };
}

/**
 * Parameters with biases that are not zero, and statistics of batch normalisations: without biases, a sample that only one unit of a layer sees is equally
 * far from all classes, and its choice is a tie.
 */
export function smallWeights(network: Network, key: string): Weights {
  const gauss = normal(random("biases", key));
  const drawn = (name: string, data: Float32Array) =>
    name.endsWith("bias") || name.endsWith("running_mean")
      ? data.map(() => 0.3 * gauss())
      : name.endsWith("running_var")
      ? data.map(() => Math.exp(gauss()))
      : data;
  const entries = Object.entries(network.init(key)).map(([name, { shape, data }]) =>
    [name, { shape, data: drawn(name, data) }] as const
  );
  return Object.fromEntries(entries);
}
