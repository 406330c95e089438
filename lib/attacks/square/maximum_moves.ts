import { eachPixel, type Extent, type Moves, randomSign, randomSquare } from "./moves.ts";

/** The moves for the maximum norm: vertical stripes of +-epsilon at first, then squares that go to one end of the ball in each channel. */
export function maximumMoves(extent: Extent): Moves {
  const { channels, height, width } = extent;
  const plane = height * width;
  return {
    start(into, epsilon, uniform) {
      for (let channel = 0; channel < channels; channel++) {
        const stripes = Array.from({ length: width }, () => epsilon * randomSign(uniform));
        for (let i = 0; i < plane; i++) into[channel * plane + i] = stripes[i % width]!;
      }
    },
    propose(best, into, { epsilon, share }, uniform) {
      const wanted = Math.max(Math.round(Math.sqrt(share * plane)), 1);
      const square = randomSquare(extent, Math.min(wanted, height, width), uniform);
      into.set(best);
      for (let channel = 0; channel < channels; channel++) {
        const change = 2 * epsilon * randomSign(uniform);
        eachPixel(extent, square, channel, (at) => {
          into[at] = Math.min(Math.max(best[at]! + change, -epsilon), epsilon);
        });
      }
    },
  };
}
