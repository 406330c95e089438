import type { BadImagePolicy } from "../../data/images/image_list.ts";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { one, whole } from "./flag_values.ts";

/** A command line's options for images in folders. */
export interface ImageFlags {
  /** What to do with images that cannot be read. */
  readonly bad: BadImagePolicy;
  /** The side that photos are made to, see `whole` of `ImagenetOptions`; the side that the networks usually take when left out. */
  readonly imageSize?: number;
}

/** The names of the flags. */
export const imageFlags = ["bad-images", "image-size"] as const;

/** The lines of `--image-size` in a command's help. */
export const imageSizeHelp =
  `--image-size N      of imagenet:DIR: photos' short sides become N pixels, and the network is built for squares of N
                      (the network's own size, 224 for resnet18)`;

/** The lines of both flags in a command's help. */
export const imageHelp =
  `--bad-images WHAT   skip or stop: what to do with images of imagenet:DIR that cannot be read (skip)
  ${imageSizeHelp}`;

/** The largest side, in pixels. */
const largest = 1024;

/**
 * Reads both flags.
 *
 * @throws {UserError} (exit code 2) when a value is none, or one is given for a dataset that is not a folder of images.
 */
export function imageFlagsOf(
  values: Readonly<Record<string, string>>,
  dataset: string,
): ImageFlags {
  const bad = one("bad-images", values["bad-images"] ?? "skip", ["skip", "stop"]);
  const size = values["image-size"];
  const given = imageFlags.find((flag) => values[flag]);
  if (given && !dataset.startsWith("imagenet:")) {
    throw new UserError(
      `reading --${given}: expected imagenet:DIR as --dataset with it, got ${excerpt(dataset)}`,
      2,
    );
  }
  return { bad, ...(size ? { imageSize: whole("image-size", size, 1, largest) } : {}) };
}
