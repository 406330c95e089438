import type { Scale } from "./scale.ts";

/** One half of a dataset, preprocessed. */
export interface Split {
  /** The inputs, [count, C, H, W], preprocessed as the network takes them. */
  readonly images: Float32Array;
  /** The class of each, [count], 0 .. classes - 1. */
  readonly labels: Uint16Array;
  /** How many images. */
  readonly count: number;
}

/** Some inputs of a {@link StreamedSplit}. */
export interface ReadImages {
  /** [k, C, H, W], preprocessed. */
  readonly images: Float32Array;
  /** The requested indices that were read, [k], in the order of the request: images that cannot be read are left out. */
  readonly indices: Uint32Array;
}

/** One half of a dataset that is larger than memory: its inputs are read on demand. */
export interface StreamedSplit {
  /** The class of each, [count], 0 .. classes - 1. */
  readonly labels: Uint16Array;
  /** How many images. */
  readonly count: number;
  /** The file of each, [count], where they are files. */
  readonly files?: readonly string[];
  /**
   * Reads inputs. With a key, as in training, they are cropped and mirrored at random, drawn from the key and each
   * index; without one always the same way.
   */
  readonly read: (
    indices: Uint32Array,
    key?: readonly (number | string)[],
  ) => Promise<ReadImages>;
}

/** One half of a dataset, in memory or read on demand. */
export type AnySplit = Split | StreamedSplit;

/** Labelled inputs of one shape, preprocessed, images or others: `Dataset<Split>` in memory, `Dataset<StreamedSplit>` read on demand. */
export interface Dataset<S extends AnySplit = AnySplit> {
  /** The identifier of flags, columns and files: "mnist", "idx:fashion-mnist". */
  readonly id: string;
  /** The name in the paper's table, "MNIST"; the id where the paper has none. */
  readonly title: string;
  /**
   * SHA-256, in hexadecimal, of the contents of the files that it was read from. A dataset cut by
   * `firstImages` keeps it: a run's settings hold the numbers of images separately.
   */
  readonly checksum: string;
  /** The extents of one input: [C, H, W] of an image. */
  readonly inputShape: readonly number[];
  /** The number of classes. */
  readonly classes: number;
  /** The training set; it may be empty for images that are read on demand. */
  readonly train: S;
  /** The test set. */
  readonly test: S;
  /**
   * Takes one preprocessed input, [C, H, W], back to pixels 0-255, unclipped: for pictures and for
   * rho2_pixels. The split and the index select the preprocessing to undo, where it differs from
   * image to image. Returns a new array.
   */
  readonly toPixels: (x: Float32Array, split: "train" | "test", index: number) => Float32Array;
  /**
   * How its pixels 0-255 become the inputs of the paper's networks, whether these images are such inputs or were
   * loaded as pixels. The same object at every call, made at the first; missing where inputs are not pixels.
   */
  readonly scale?: () => Promise<Scale>;
  /**
   * The same for many inputs, [indices, C, H, W], if that is faster than one by one. Returns a new
   * array.
   */
  readonly rowsToPixels?: (
    rows: Float32Array,
    split: "train" | "test",
    indices: Uint32Array,
  ) => Promise<Float32Array>;
}

/** The extents [C, H, W] of a dataset's inputs where they are pictures, grey or RGB; undefined where they are something else. */
export function pictureShape(
  { inputShape, scale }: Pick<Dataset, "inputShape" | "scale">,
): [channels: number, height: number, width: number] | undefined {
  const [channels = 0, height = 0, width = 0] = inputShape.length === 2
    ? [1, ...inputShape]
    : inputShape;
  const isPicture = scale && inputShape.length <= 3 && (channels === 1 || channels === 3);
  return isPicture && width > 0 ? [channels, height, width] : undefined;
}
