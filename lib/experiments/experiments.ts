import type { Columns } from "../files/arrow.ts";
import { ablations } from "./ablations.ts";
import { autoAttack } from "./auto_attack.ts";
import type { Experiment } from "./experiment.ts";
import { figure2 } from "./figure2.ts";
import { figure3 } from "./figure3.ts";
import { figure4 } from "./figure4.ts";
import { robustness } from "./robustness.ts";
import { scaledC } from "./scaled_c.ts";
import { search } from "./search.ts";
import { table1 } from "./table1.ts";
import { transfer } from "./transfer.ts";

/**
 * The experiments, in the order in which their jobs are run.
 */
export const experiments = [
  table1,
  robustness,
  transfer,
  figure2,
  figure3,
  figure4,
  ablations,
  search,
  autoAttack,
  scaledC,
] as const;

/**
 * Any of the experiments.
 *
 * @internal
 */
type AnyExperiment = typeof experiments[number];

/** The experiments' names. */
export type ExperimentName = AnyExperiment["name"];

/** The experiment of a name. */
export type ExperimentOf<Name extends ExperimentName> = Extract<
  AnyExperiment,
  { readonly name: Name }
>;

/** The names of all experiments. */
export const experimentNames: readonly ExperimentName[] = experiments.map(({ name }) => name);

/** The names of those that are run unless some are asked for. */
export const usualExperimentNames: readonly ExperimentName[] = experiments.flatMap((
  { name, onRequest }: Pick<Experiment<ExperimentName, never, Columns>, "name" | "onRequest">,
) => onRequest ? [] : [name]);
