import type { ReadImages, StreamedDataset, StreamedSplit } from "./dataset.ts";
import { openImageFolder } from "./image_folder.ts";
import type { BadImage, BadImagePolicy, ImageList } from "./image_list.ts";
import {
  caffePixels,
  fromCaffePixels,
  fromTorchvisionPixels,
  torchvisionPixels,
} from "./pixel_scales.ts";
import type { LoadProgress } from "./progress.ts";

/** What networks take: squares of a size, and what is done to their pixels. */
const scales = {
  caffe: { side: 227, scaled: caffePixels, unscaled: fromCaffePixels },
  torchvision: { side: 224, scaled: torchvisionPixels, unscaled: fromTorchvisionPixels },
} as const;

/** How to open ImageNet. */
export interface ImagenetOptions {
  /** Whose networks the inputs are for: Caffe's, 227x227, BGR; torchvision's, 224x224, RGB. */
  readonly scale?: keyof typeof scales;
  /** What is done with an image that cannot be read: it is left out, or everything stops. */
  readonly bad?: BadImagePolicy;
  /** Is told of images that are left out. */
  readonly onBad?: (image: BadImage) => void;
  /** Is told how far the listing of the files is. */
  readonly onProgress?: LoadProgress;
}

/**
 * ImageNet (ILSVRC-2012), or any images in a folder for each class: short sides are resized to 256; the middle is cut out for
 * measuring, a square anywhere, mirrored or not, for training. Nothing is read before it is needed.
 *
 * @param dir The folder, see {@link openImageFolder}.
 * @throws {UserError} if the folder does not hold images in classes.
 */
export async function openImagenet(
  dir: string,
  { scale = "torchvision", bad = "skip", onBad = () => {}, onProgress }: ImagenetOptions = {},
): Promise<StreamedDataset> {
  const folder = await openImageFolder(dir, { bad, ...(onProgress ? { onProgress } : {}) });
  const { side, unscaled } = scales[scale];
  return {
    id: "imagenet",
    title: "ImageNet",
    checksum: folder.checksum,
    inputShape: [3, side, side],
    classes: folder.classes.length,
    train: splitOf(folder.train, scale, onBad),
    test: splitOf(folder.test, scale, onBad),
    toPixels: (x) => unscaled(x, side * side),
  };
}

function splitOf(
  { labels, count, read }: ImageList,
  scale: keyof typeof scales,
  onBad: (image: BadImage) => void,
): StreamedSplit {
  const { side: size, scaled } = scales[scale];
  return {
    labels,
    count,
    async read(indices, key): Promise<ReadImages> {
      const crop = key ? { crop: "random", key } as const : { crop: "centre" } as const;
      const { images, good, bad } = await read(indices, { size, ...crop });
      bad.forEach(onBad);
      return { images: scaled(images, size ** 2), indices: good };
    },
  };
}
