/** The smallest standard deviation to divide by, so that flat images do not become noise. */
const leastDeviation = 40;

/** The mean and the contrast of every image, of its pixels minus the mean image. */
export interface Contrast {
  /** The mean over an image's pixels, [count]. */
  readonly means: Float64Array;
  /** The standard deviation over an image's pixels (N - 1), [count]. */
  readonly deviations: Float32Array;
}

/**
 * Measures the contrast of images.
 *
 * @param pixels The images, [count, ...mean image], 0-255.
 * @param mean The mean image, which is subtracted first.
 */
export function contrastOf(pixels: Uint8Array, mean: Float64Array): Contrast {
  const count = pixels.length / mean.length;
  const contrast = { means: new Float64Array(count), deviations: new Float32Array(count) };
  for (let image = 0; image < count; image++) {
    const start = image * mean.length;
    let sum = 0;
    for (let i = 0; i < mean.length; i++) sum += pixels[start + i]! - mean[i]!;
    const own = sum / mean.length;
    let squares = 0;
    for (let i = 0; i < mean.length; i++) squares += (pixels[start + i]! - mean[i]! - own) ** 2;
    contrast.means[image] = own;
    contrast.deviations[image] = Math.sqrt(squares / (mean.length - 1));
  }
  return contrast;
}

/**
 * The mean contrast, mean(n), to which all images are scaled. It is added up in single precision, one after another, as MatConvNet's
 * data are: on CIFAR-10's 60,000 images this gives 53.0992088; without the rounding it would be 53.0989822.
 *
 * @param deviations The images' standard deviations, of the training and of the test images.
 */
export function meanDeviation(...deviations: readonly Float32Array[]): number {
  let sum = 0;
  for (const deviation of deviations.flatMap((part) => [...part])) {
    sum = Math.fround(sum + deviation);
  }
  return Math.fround(sum / deviations.reduce((count, { length }) => count + length, 0));
}

/** The factor for an image of a standard deviation. */
export function contrastFactor(deviation: number, meanDeviation: number): number {
  return meanDeviation / Math.max(deviation, leastDeviation);
}

/**
 * Contrast normalisation (Coates, Lee and Ng 2011, as in MatConvNet): the mean image and the image's own mean are
 * subtracted, and the rest is scaled to a standard deviation of mean(n), or less where the image has hardly any contrast.
 *
 * @param pixels The images, [count, ...mean image], 0-255.
 * @param mean The mean image.
 * @param contrast {@link contrastOf} of these images.
 * @param common mean(n), of {@link meanDeviation}.
 * @param into Where the normalised images go, of the same shape.
 */
export function normalizeImages(
  pixels: Uint8Array,
  mean: Float64Array,
  { means, deviations }: Contrast,
  common: number,
  into: Float32Array,
): void {
  means.forEach((own, image) => {
    const factor = contrastFactor(deviations[image]!, common);
    const start = image * mean.length;
    for (let i = 0; i < mean.length; i++) {
      into[start + i] = (pixels[start + i]! - mean[i]! - own) * factor;
    }
  });
}
