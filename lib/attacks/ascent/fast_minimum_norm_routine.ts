import { attackRoutine, type AttackSettings } from "../attack_routine.ts";
import { descentMachine, type DescentRows } from "./descent_machine.ts";

/** The first change of the radius, relative to the radius. */
const firstChange = 0.05;

/** The fast minimum-norm attack on a shard; `step` is a compiled `ascentStep`. */
export const minimumNormShard = attackRoutine(({ p }: AttackSettings) =>
  descentMachine<DescentRows>(p, ({ epsilon, smallest }, fooled, decay) => {
    const change = firstChange * decay;
    return fooled ? Math.min((1 - change) * epsilon, smallest) : (1 + change) * epsilon;
  })
);
