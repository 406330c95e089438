import { firstNotFinite } from "../engine/finite.ts";
import { UserError } from "../engine/user_error.ts";

/** Images, and words for messages about them. */
export interface ImagesToCheck {
  /** [count, length]. */
  readonly images: Float32Array;
  /** Numbers in one image. */
  readonly length: number;
  /** What they are for: "attacking lenet". */
  readonly doing: string;
  /** What an image is called; its place unless given. */
  readonly nameOf?: (index: number) => string;
}

/**
 * Checks that all numbers of images are finite: predictions for others are meaningless.
 *
 * @throws {UserError} naming the first image that holds NaN or an infinite number.
 */
export function checkImages({ images, length, doing, nameOf = placeOf }: ImagesToCheck): void {
  const at = firstNotFinite(images);
  if (at < 0) return;
  throw new UserError(
    `${doing}: expected images of finite numbers, got ${images[at]} in ${
      nameOf(Math.floor(at / length))
    }`,
  );
}

function placeOf(index: number): string {
  return `image ${index}`;
}
