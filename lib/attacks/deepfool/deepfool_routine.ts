import { norm } from "../../compute/norms.ts";
import { attackRoutine, type AttackSettings, type Machine } from "../attack_routine.ts";
import { keepWithin } from "../within.ts";
import { type DeepFoolState, searchNearest, searchTowards } from "./deepfool_machine.ts";

/** The settings of {@link deepfoolShard}. */
export interface DeepFoolSettings extends AttackSettings {
  readonly overshoot: number;
  /** The iteration limit. */
  readonly iterations: number;
  /** The iteration limit that `earlierRatios` are for. */
  readonly earlier: number;
  /** Classes that compete: the predicted one and the next ones by logit at x. */
  readonly candidates: number;
  /** Whether the attack is towards given classes. */
  readonly towards: boolean;
}

/** DeepFool on a shard; `step` is a compiled `nearestStep`, or `towardsStep` where the attack is towards given classes. */
export const deepfoolShard = attackRoutine(
  (settings: DeepFoolSettings, memory): Machine<DeepFoolState> => {
    const { p, overshoot, earlier, towards } = settings;
    const search = { ...settings, keeps: (step: number) => step === earlier };
    return {
      ...(towards ? searchTowards : searchNearest)(search, memory),
      result({ x, total, steps, reached }, perturbation, { bounds }) {
        for (let i = 0; i < total.length; i++) perturbation[i] = total[i]! * (1 + overshoot);
        const at = steps[earlier]?.at ?? total;
        const earlierNorm = bounds
          ? norm(keepWithin(at.map((r) => r * (1 + overshoot)), x, bounds), p)
          : (1 + overshoot) * norm(at, p);
        return { reached, iterations: steps.length, earlierNorm };
      },
    };
  },
);
