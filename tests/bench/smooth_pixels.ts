import { random } from "../../lib/engine/random.ts";

/** Waves over a plane of pixels. */
const waves = 5;

/**
 * Random pictures without edges: every plane is a sum of a few waves, at most 8 along a side. Of another size they are the same
 * pictures.
 *
 * @returns RGB 0-255, [count, 3, side, side].
 */
export function smoothPixels(count: number, side: number): Float32Array {
  const next = random("smooth pixels");
  const pixels = new Float32Array(count * 3 * side ** 2).fill(127.5);
  for (let wave = 0; wave < count * 3 * waves; wave++) {
    const [down, along, phase] = [8 * next() / side, 8 * next() / side, next()];
    const plane = Math.floor(wave / waves) * side ** 2;
    for (let i = 0; i < side ** 2; i++) {
      const turns = down * Math.floor(i / side) + along * (i % side) + phase;
      pixels[plane + i]! += 127.5 / waves * Math.sin(2 * Math.PI * turns);
    }
  }
  return pixels;
}
