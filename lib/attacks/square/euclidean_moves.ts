import { norm } from "../../compute/norms.ts";
import { bump } from "./bump.ts";
import {
  eachPixel,
  type Extent,
  type Moves,
  randomSign,
  randomSquare,
  type Square,
} from "./moves.ts";

/** The smallest divisor. */
const least = 1e-12;

/**
 * The moves for the l2 norm: a grid of bumps at first. Then a square gets another bump on top of its values, and the strength
 * of a second square, which is set to 0. The result is scaled to the norm epsilon.
 */
export function euclideanMoves(extent: Extent): Moves {
  const { channels, height, width } = extent;
  const randomBump = bumps();
  return {
    start(into, epsilon, uniform) {
      into.fill(0);
      for (const tile of tilesOf(extent)) {
        const shape = randomBump(tile.side, uniform);
        for (let channel = 0; channel < channels; channel++) {
          const sign = randomSign(uniform);
          eachPixel(extent, tile, channel, (at, i) => into[at] = sign * shape[i]!);
        }
      }
      bringTo(epsilon, into);
    },
    propose(best, into, { epsilon, share }, uniform) {
      const side = Math.min(oddSide(share * height * width), height, width);
      const first = randomSquare(extent, side, uniform);
      const second = randomSquare(extent, side, uniform);
      const shape = randomBump(side, uniform);
      const unused = Math.max(epsilon ** 2 - norm(best) ** 2, 0);
      into.set(best);
      for (let channel = 0; channel < channels; channel++) {
        const own = partOf(extent, best, first, channel);
        const [sign, scale] = [randomSign(uniform), 1 / (least + norm(own))];
        const added = own.map((value, i) => sign * shape[i]! + scale * value);
        const emptied = empty(extent, into, first, channel) + empty(extent, into, second, channel);
        const strength = Math.sqrt(unused / channels + emptied) / (least + norm(added));
        eachPixel(extent, first, channel, (at, i) => into[at] = strength * added[i]!);
      }
      bringTo(epsilon, into);
    },
  };
}

/** The side of a square of so many pixels: odd, and at least 3. */
function oddSide(pixels: number): number {
  const side = Math.max(Math.round(Math.sqrt(pixels)), 3);
  return side + (side % 2 === 0 ? 1 : 0);
}

/** Squares side by side, five or more across the image. */
function tilesOf({ height, width }: Extent): Square[] {
  const side = Math.floor(height / 5);
  const margin = Math.floor((height - 5 * side) / 2);
  const along = (length: number) =>
    Array.from({ length: Math.floor(length / side) }, (_, i) => margin + i * side)
      .filter((at) => at + side <= length);
  return along(height).flatMap((top) => along(width).map((left) => ({ top, left, side })));
}

/** Bumps by their side, upright or lying. */
function bumps(): (side: number, uniform: () => number) => Float64Array {
  const known = new Map<number, readonly [Float64Array, Float64Array]>();
  return (side, uniform) => {
    const upright = known.get(side)?.[0] ?? bump(side);
    const lying = known.get(side)?.[1] ??
      upright.map((_, i) => upright[(i % side) * side + Math.floor(i / side)]!);
    known.set(side, [upright, lying]);
    return uniform() < 0.5 ? upright : lying;
  };
}

/** A square's numbers in one channel. */
function partOf(extent: Extent, from: Float32Array, square: Square, channel: number): Float64Array {
  const part = new Float64Array(square.side ** 2);
  eachPixel(extent, square, channel, (at, i) => part[i] = from[at]!);
  return part;
}

/** Sets a square's numbers in one channel to 0. Returns the sum of their squares. */
function empty(extent: Extent, all: Float32Array, square: Square, channel: number): number {
  let sum = 0;
  eachPixel(extent, square, channel, (at) => {
    sum += all[at]! ** 2;
    all[at] = 0;
  });
  return sum;
}

function bringTo(length: number, v: Float32Array): void {
  const scale = length / (least + norm(v));
  for (let i = 0; i < v.length; i++) v[i]! *= scale;
}
