import type { Attacked, AttackOptions } from "./attacked.ts";
import { copyRow } from "./copy_row.ts";

/** Attacks samples towards one class each. */
export type TargetedAttack<A extends Attacked> = (
  options: Required<Pick<AttackOptions, "targets" | "onProgress">>,
) => Promise<A>;

/**
 * The worst case over targets: attacks every sample towards each class in turn, except the one to leave. Keeps, for each
 * sample, the smallest perturbation that reaches its target; where none does, the first target's.
 *
 * @param classes How many classes there are.
 * @param sources The class to leave for each sample, [count].
 * @returns `fooled` is 1 where any target was reached.
 */
export async function attackAllTargets<A extends Attacked>(
  attack: TargetedAttack<A>,
  classes: number,
  sources: Uint16Array,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<A> {
  const { length: count } = sources;
  let worst: A | undefined;
  for (let target = 0; target < classes; target++) {
    const attacked = await attack({
      targets: new Uint16Array(count).fill(target),
      onProgress: (done, total) => onProgress(Math.floor((target * total + done) / classes), total),
    });
    worst ??= attacked;
    for (let i = 0; i < count; i++) {
      if (sources[i] === target) continue;
      const none = sources[i] === 0 && target === 1; // the first target is another class than 0
      if (none || isWorse(attacked, worst, i)) copyRow(attacked, i, worst, i);
    }
  }
  return worst!;
}

/** Whether a sample's attack is stronger than the one before. */
function isWorse(attacked: Attacked, before: Attacked, i: number): boolean {
  if (!attacked.fooled[i]) return false;
  return !before.fooled[i] || attacked.norms[i]! < before.norms[i]!;
}
