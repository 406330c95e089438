import type { Arrays } from "../engine/executable.ts";

/** The part of the way to a batch's measurement that a running mean goes in one step, as in PyTorch. */
const step = 0.1;

/**
 * Moves running means towards a batch's measurements, in place.
 *
 * @param names The buffers that are measured.
 * @param parts The parts of their measurements; their sum is the batch's mean.
 */
export function follow(names: readonly string[], weights: Arrays, parts: readonly Arrays[]): void {
  for (const name of names) {
    const running = weights[name]!;
    for (let i = 0; i < running.length; i++) {
      const measured = parts.reduce((sum, part) => sum + part[name]![i]!, 0);
      running[i] = running[i]! + step * (measured - running[i]!);
    }
  }
}
