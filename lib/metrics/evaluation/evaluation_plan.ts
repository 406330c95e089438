import { type AttackFlags, attacks } from "../../attacks/attacks.ts";
import type { Attacked, AttackOptions } from "../../attacks/attacked.ts";
import type { Split } from "../../data/dataset.ts";
import type { Engine } from "../../engine/engine.ts";
import type { StopOptions } from "../../engine/stop.ts";
import type { Model } from "../../networks/model.ts";

/** How much work an evaluation is. */
export type EvaluationBudget = "quick" | "standard";

/** An attack that an evaluation makes. */
export interface PlannedAttack {
  /** The name that flags and files use. */
  readonly name: string;
  /** What it is called. */
  readonly title: string;
  /** The strength, in the units of the inputs; null for a search for the smallest perturbation. */
  readonly epsilon: number | null;
  /** Attacks some of the images. */
  readonly run: (
    split: Split,
    onProgress?: (done: number, total: number) => void,
  ) => Promise<Attacked>;
}

/** What decides which attacks an evaluation makes, and what they are told. */
export interface PlanOptions extends StopOptions {
  readonly p: number;
  readonly epsilons: readonly number[];
  readonly budget: EvaluationBudget;
  readonly seed: number;
  readonly within: AttackOptions["within"];
}

/** The attacks of a budget, by their names in the table of attacks. */
const budgets: Readonly<
  Record<EvaluationBudget, { readonly searches: string[]; readonly bounded: string[] }>
> = {
  quick: { searches: ["deepfool", "fmn"], bounded: ["pgd", "apgd_ce"] },
  standard: { searches: ["deepfool", "fmn", "ddn", "fab"], bounded: ["auto_attack"] },
};

/** The attacks of an evaluation, in their order: searches for the smallest perturbation, then those with a bound by strength. */
export function evaluationPlan(
  engine: Engine,
  model: Model,
  options: PlanOptions,
): PlannedAttack[] {
  const { p, epsilons, budget } = options;
  const { searches, bounded } = budgets[budget];
  return [
    ...searches.filter((name) => knows(name, p)).map((name) =>
      planned(engine, model, name, null, options)
    ),
    ...epsilons.flatMap((epsilon) =>
      bounded.map((name) => planned(engine, model, name, epsilon, options))
    ),
  ];
}

function knows(name: string, p: number): boolean {
  const { norms } = attacks[name]!;
  return norms === "any" || (norms?.includes(p) ?? false);
}

function planned(
  engine: Engine,
  model: Model,
  name: string,
  epsilon: number | null,
  { p, seed, within, signal }: PlanOptions,
): PlannedAttack {
  const { title, options, run } = attacks[name]!;
  const flags = { ...options, norm: p, epsilon: epsilon ?? NaN, seed } as AttackFlags;
  return {
    name,
    title,
    epsilon,
    run: (split, onProgress) => run(engine, model, split, flags, { within, onProgress, signal }),
  };
}
