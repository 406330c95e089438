import { UserError } from "../../engine/user_error.ts";

/** Strengths that published figures have, as fractions of the full range of pixels. */
interface UsualStrengths {
  readonly maximum: readonly number[];
  readonly euclidean: readonly number[];
}

/** Of digits and other grey images: MNIST's. */
const grey: UsualStrengths = { maximum: [0.1, 0.2, 0.3], euclidean: [0.5, 1, 1.5] };

/** Of small colour images: CIFAR-10's. */
const small: UsualStrengths = { maximum: [2 / 255, 8 / 255], euclidean: [0.25, 0.5] };

/** Of large colour images: ImageNet's. */
const large: UsualStrengths = { maximum: [1 / 255, 4 / 255], euclidean: [0.5, 3] };

/** Rows of the largest small images. */
const mostRows = 64;

/**
 * The strengths that are usual for images of a kind, in pixels 0-255: those of MNIST for grey images, of CIFAR-10 for colour images of
 * up to 64 rows, of ImageNet for larger ones.
 *
 * @param picture [C, H, W]; undefined where inputs are no pictures.
 * @param p The norm, 2 or Infinity.
 * @throws {UserError} (exit code 2) when inputs are no pictures.
 */
export function usualEpsilons(picture: readonly number[] | undefined, p: number): number[] {
  if (!picture) {
    throw new UserError(
      "reading the arguments: expected --epsilons, since there are no usual ones for inputs that are no pictures, got none",
      2,
    );
  }
  const [channels, rows = 0] = picture;
  const { maximum, euclidean } = channels === 1 ? grey : rows <= mostRows ? small : large;
  return (p === 2 ? euclidean : maximum).map((share) => 255 * share);
}
