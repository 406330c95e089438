import { basename, resolve } from "node:path";
import { shuffled } from "../../engine/random.ts";
import type { Dataset, ReadImages, StreamedSplit } from "../dataset.ts";
import {
  caffePixels,
  caffeScale,
  fromCaffePixels,
  fromTorchvisionPixels,
  torchvisionPixels,
  torchvisionScale,
} from "../pixel_scales.ts";
import type { LoadProgress } from "../progress.ts";
import { type ImageFolder, openImageFolder } from "./image_folder.ts";
import type { BadImage, BadImagePolicy, ImageList } from "./image_list.ts";

/**
 * The networks that inputs are for: Caffe's, 227x227, BGR 0-255 minus the mean pixel; torchvision's, 224x224, RGB; or those for
 * small images, 32x32, BGR 0-255 minus the mean pixel.
 */
export type ImageScale = "caffe" | "torchvision" | "small";

/** The inputs of networks: squares cut out of resized images, and the scale of their pixels. */
const scales = {
  caffe: {
    resize: 256,
    side: 227,
    scale: caffeScale,
    scaled: caffePixels,
    unscaled: fromCaffePixels,
  },
  torchvision: {
    resize: 256,
    side: 224,
    scale: torchvisionScale,
    scaled: torchvisionPixels,
    unscaled: fromTorchvisionPixels,
  },
  small: {
    resize: 36,
    side: 32,
    scale: caffeScale,
    scaled: caffePixels,
    unscaled: fromCaffePixels,
  },
} as const satisfies Record<ImageScale, object>;

/** Pixels that stay pixels. */
const asTheyAre: Pick<typeof scales[ImageScale], "scaled" | "unscaled"> = {
  scaled: (pixels) => pixels,
  unscaled: (pixels) => pixels.slice(),
};

/** The side of the squares that are cut out, in pixels. */
export function imageSide(scale: ImageScale): number {
  return scales[scale].side;
}

/** How to load a dataset; all but `pixels`, `onProgress` and `onNote` is for images in folders. */
export interface ImagenetOptions {
  /** The networks that the inputs are for; torchvision's unless given. */
  readonly scale?: ImageScale;
  /** The side of the squares that are cut out, for networks of another size; the scale's own unless given. */
  readonly side?: number | undefined;
  /**
   * Whether short sides are resized to the side itself, so that measuring sees all of a square photo; training's random squares
   * may then reach an eighth of the side beyond the photo. False unless given: short sides are resized to more than the side.
   */
  readonly whole?: boolean | undefined;
  /** Whether inputs are pixels 0-255 as they are, whatever the networks take; false unless given. */
  readonly pixels?: boolean | undefined;
  /**
   * What to do with an image that cannot be read, and with a class folder without images: leave it out ("skip"), or
   * stop; "skip" unless given.
   */
  readonly bad?: BadImagePolicy;
  /** Called with images and class folders that are left out, each time that they are. */
  readonly onBad?: (image: BadImage) => void;
  /** Called with the progress of listing the files. */
  readonly onProgress?: LoadProgress;
  /** Called with what a user should know about the files: that labels are renumbered, which order the classes of folders have. */
  readonly onNote?: (note: string) => void;
}

/**
 * ImageNet (ILSVRC-2012), or any images in a folder for each class: short sides are resized to 256 (small images: 36; other sides
 * in proportion, or see `whole`); the middle is cut out for measuring, and a random square, mirrored or not, for training. Images
 * are read on demand.
 * Images come in a fixed shuffled order, so that the first ones are of all classes.
 *
 * @param dir The folder, see {@link openImageFolder}.
 * @returns A dataset called "imagenet" where there are validation images of ILSVRC's thousand synsets and no other classes, and
 * they are not `whole`; else "imagenet:" and the folder's name. Its training split is empty where there is no train/.
 * @throws {UserError} when the folder does not hold images in classes.
 */
export async function openImagenet(
  dir: string,
  { scale = "torchvision", pixels = false, onBad = () => {}, ...options }: ImagenetOptions = {},
): Promise<Dataset<StreamedSplit>> {
  const folder = await openImageFolder(dir, options);
  folder.leftOut.forEach(onBad);
  const { side = scales[scale].side, whole = false } = options;
  const own = scales[scale].scale;
  const { scaled, unscaled } = pixels ? asTheyAre : scales[scale];
  const split = (list: ImageList, name: string) =>
    splitOf(list, shuffled(list.count, name), { ...cutOf(side, whole), scaled }, onBad);
  return {
    ...namesOf(dir, folder, whole),
    checksum: folder.checksum,
    inputShape: [3, side, side],
    classes: folder.classes.length,
    train: split(folder.train, "train"),
    test: split(folder.test, "val"),
    toPixels: (x) => unscaled(x, side * side),
    scale: () => Promise.resolve(own),
  };
}

/** The paper's results are for images of all thousand synsets, of its networks' size; others get another name. */
function namesOf(dir: string, { classes, test }: ImageFolder, whole: boolean) {
  const areSynsets = classes.length === 1000 && classes.every((name) => /^n\d{8}$/.test(name));
  if (!whole && areSynsets && new Set(test.labels).size === classes.length) {
    return { id: "imagenet", title: "ImageNet" };
  }
  const id = `imagenet:${basename(resolve(dir))}`;
  return { id, title: id };
}

/** Which square is cut out of an image. */
interface Cut {
  readonly side: number;
  /** The length of the short side, to which the image is resized first. */
  readonly resize: number;
  /** How many pixels a random square may reach beyond the image. */
  readonly border: number;
}

function cutOf(side: number, whole: boolean): Cut {
  if (whole) return { side, resize: side, border: Math.round(side / 8) };
  const known = Object.values(scales).find((one) => one.side === side);
  const { resize, side: usual } = scales.torchvision;
  return { side, resize: known?.resize ?? Math.round(side * resize / usual), border: 0 };
}

function splitOf(
  list: ImageList,
  order: Uint32Array,
  { side: size, resize, border, scaled }: Cut & Pick<typeof scales[ImageScale], "scaled">,
  onBad: (image: BadImage) => void,
): StreamedSplit {
  return {
    labels: Uint16Array.from(order, (place) => list.labels[place]!),
    count: list.count,
    files: Array.from(order, (place) => list.paths[place]!),
    async read(indices, key): Promise<ReadImages> {
      const crop = key ? { crop: "random", key, border } as const : { crop: "centre" } as const;
      const places = indices.map((index) => order[index]!);
      const { images, good, bad } = await list.read(places, { size, resize, ...crop });
      bad.forEach(onBad);
      const indexOf = new Map(Array.from(places, (place, i) => [place, indices[i]!] as const));
      return { images: scaled(images, size ** 2), indices: good.map((p) => indexOf.get(p)!) };
    },
  };
}
