import { attackRoutine, type AttackSettings } from "../attack_routine.ts";
import { descentMachine, type DescentRows } from "./descent_machine.ts";

/** The rows to attack, and the speed at which the radius changes. */
export interface DdnRows extends DescentRows {
  /** The change of the radius per step, relative to it. */
  readonly gamma: number;
}

/** The decoupled direction and norm attack on a shard; `step` is a compiled `ascentStep`. */
export const ddnShard = attackRoutine(({ p }: AttackSettings) =>
  descentMachine<DdnRows>(
    p,
    ({ epsilon }, fooled, _, { gamma }) => (fooled ? 1 - gamma : 1 + gamma) * epsilon,
  )
);
