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
 * @param inputShape [C, H, W].
 * @param p The norm, 2 or Infinity.
 */
export function usualEpsilons([channels = 0, rows = 0]: readonly number[], p: number): number[] {
  const { maximum, euclidean } = channels === 1 ? grey : rows <= mostRows ? small : large;
  return (p === 2 ? euclidean : maximum).map((share) => 255 * share);
}
