import { mean } from "d3-array";
import { fileURLToPath } from "node:url";
import { arraysOf } from "../../lib/compute/run_in_blocks.ts";
import { predict } from "../../lib/compute/predict.ts";
import { firstImages } from "../../lib/data/first_images.ts";
import type { Split } from "../../lib/data/dataset.ts";
import { loadDataset } from "../../lib/data/load.ts";
import { caffePixels, torchvisionPixels } from "../../lib/data/pixel_scales.ts";
import { createEngine, type Engine } from "../../lib/engine/engine.ts";
import { type Fitted, networkFor } from "../../lib/networks/by_name.ts";
import { calibrate } from "../../lib/networks/calibrate.ts";
import type { Network } from "../../lib/networks/network.ts";
import { readSafetensors } from "../../lib/networks/safetensors.ts";
import type { Weights } from "../../lib/networks/weights.ts";
import { cifar10Images } from "./cifar10_images.ts";
import { smoothPixels } from "./smooth_pixels.ts";

/** What rows are measured on: the cost of a network depends on how many iterations its images need. */
export interface Problem {
  readonly network: Network;
  readonly weights: Weights;
  /** For steps: some batches. */
  readonly train: Split;
  /** For attacks. */
  readonly test: Split;
}

const cifar10 = { inputShape: [3, 32, 32], classes: 10 };

/** Every network's problem. What prepares it is disposed of: its memory is not the row's. */
export const problems: Readonly<Record<string, () => Promise<Problem>>> = {
  mlp: () => mnist("mlp"),
  lenet: () => mnist("lenet"),
  convnet: async () => {
    const split = await cifar10Images();
    return { ...await trained("convnet", cifar10), train: split, test: split };
  },
  nin,
  alexnet: () => imagenet("alexnet", 227, caffePixels),
  resnet18: () => imagenet("resnet18", 224, torchvisionPixels),
};

/** A network with the weights of a reference that seed 0 trained. */
export async function trained(
  name: string,
  fitted: Fitted,
): Promise<Pick<Problem, "network" | "weights">> {
  const path = fileURLToPath(new URL(`./${name}.safetensors`, import.meta.url));
  const { weights } = await readSafetensors(path);
  return { network: networkFor(name, fitted), weights };
}

async function mnist(name: string): Promise<Problem> {
  const dataset = firstImages(await loadDataset("mnist"), { train: 500 });
  return { ...await trained(name, dataset), train: dataset.train, test: dataset.test };
}

/**
 * NIN as it is initialised, as its weights are too many to be kept here, but for the last biases: without them all images would
 * be of one class, and far from every other. Labels are its own predictions; under a step's dropout half of the images are
 * predicted otherwise, more than of a trained network's, and take more iterations.
 */
async function nin(): Promise<Problem> {
  await using engine = await createEngine({ workers: 1 });
  const network = networkFor("nin", cifar10);
  const { images } = await cifar10Images();
  const drawn = network.init(0);
  const { logits } = await predict(engine, { network, weights: drawn }, images);
  const offsets = Float32Array.from(
    drawn["conv9.bias"]!.data,
    (_, k) => -mean(logits.filter((_, i) => i % network.classes === k))!,
  );
  const weights = { ...drawn, "conv9.bias": { shape: [network.classes], data: offsets } };
  return await untrained(engine, network, weights, images);
}

/** The same weights where threads share them: AlexNet's are a quarter of a gigabyte, and would be copied. */
function inSharedMemory(weights: Weights): Weights {
  return Object.fromEntries(
    Object.entries(arraysOf(weights)).map(([name, data]) =>
      [name, { shape: weights[name]!.shape, data }] as const
    ),
  );
}

/** Without weights that were trained, and labelled by its own predictions. */
async function untrained(
  engine: Engine,
  network: Network,
  drawn: Weights,
  images: Float32Array,
): Promise<Problem> {
  const weights = inSharedMemory(drawn);
  const { labels } = await predict(engine, { network, weights }, images);
  const split = { images, labels, count: labels.length };
  return { network, weights, train: split, test: split };
}

/**
 * A network for ImageNet as it is initialised, and images that are made up, labelled by its own predictions. Its normalisations
 * fit the same kind of images in small, which is much faster.
 */
async function imagenet(
  name: string,
  side: number,
  scale: (pixels: Float32Array, plane: number) => Float32Array,
): Promise<Problem> {
  const sized = (side: number) => networkFor(name, { inputShape: [3, side, side], classes: 1000 });
  const images = (count: number, side: number) => scale(smoothPixels(count, side), side ** 2);
  const network = sized(side);
  await using engine = await createEngine({ workers: 1 });
  const weights = await calibrate(
    engine,
    { network: sized(67), weights: network.init(0) },
    images(50, 67),
  );
  return await untrained(engine, network, weights, images(8, side));
}
