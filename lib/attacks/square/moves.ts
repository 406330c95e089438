/** The extents of an image, [channels, height, width]. */
export interface Extent {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** A square part of an image, in all channels. */
export interface Square {
  readonly top: number;
  readonly left: number;
  readonly side: number;
}

/** How a random search in a ball moves. Perturbations are [channels, height, width]; the caller keeps them in the box. */
export interface Moves {
  /** Writes the first perturbation. */
  readonly start: (into: Float32Array, epsilon: number, uniform: () => number) => void;
  /** Writes a perturbation that differs from the best one so far in random squares. */
  readonly propose: (
    best: Float32Array,
    into: Float32Array,
    size: Size,
    uniform: () => number,
  ) => void;
}

/** How large a proposal is. */
export interface Size {
  /** The ball's radius. */
  readonly epsilon: number;
  /** The share of the image's pixels that a square covers. */
  readonly share: number;
}

/** 1 or -1. */
export function randomSign(uniform: () => number): number {
  return uniform() < 0.5 ? -1 : 1;
}

/** A random square. As in the published code, it does not reach the last row and column, unless it is as large as the image. */
export function randomSquare(
  { height, width }: Extent,
  side: number,
  uniform: () => number,
): Square {
  const top = Math.floor((height - side) * uniform());
  const left = Math.floor((width - side) * uniform());
  return { top, left, side };
}

/** Visits a square's pixels in one channel of an image: their places in the image and in the square. */
export function eachPixel(
  { height, width }: Extent,
  { top, left, side }: Square,
  channel: number,
  visit: (at: number, i: number) => void,
): void {
  for (let i = 0; i < side * side; i++) {
    const row = channel * height + top + Math.floor(i / side);
    visit(row * width + left + i % side, i);
  }
}
