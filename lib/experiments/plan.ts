import type { Circumstances, Job, TrainedFile, WeightsFile } from "../jobs/jobs.ts";
import { type ExperimentName, type ExperimentOf, experiments } from "./experiments.ts";
import type { ChosenModels, Planner } from "./planner.ts";
import type { Profile } from "./profiles/profiles.ts";

/** What to run. */
export interface PlanRequest extends ChosenModels {
  readonly profile: Profile;
  readonly experiments: readonly ExperimentName[];
  /** Reference weights from a file instead of trained ones. */
  readonly weights?: undefined | WeightsFile;
  /** Networks that are not trained but taken from files. */
  readonly trained?: undefined | readonly TrainedFile[];
}

/** The parts of each selected experiment. */
type Parts = { readonly [Name in ExperimentName]: ReturnType<ExperimentOf<Name>["plan"]> };

/** The jobs of the chosen experiments, each job after the jobs it depends on, and the parts of each experiment. */
export interface Plan extends Parts {
  readonly jobs: readonly Job[];
}

/**
 * Plans a selection. A seed trains its own reference; every method of the seed starts from it; and, where the sign attack is
 * measured, eps_ref comes from the seed's Deep Defense network, which is trained for it if necessary. The ablations and the
 * search take the first seed; so do Figures 3 and 4, which repeat a few settings with the others. Jobs that experiments share
 * are run once.
 */
export function planOf(selection: PlanRequest, circumstances: Circumstances): Plan {
  const { profile, weights, trained } = selection;
  const options = { extent: profile, circumstances, weights, trained };
  const planner: Planner = { selection, options, jobs: new Map() };
  const parts = experiments.map(({ name, plan }) =>
    [name, selection.experiments.includes(name) ? plan(planner) : []] as const
  );
  return { ...Object.fromEntries(parts) as unknown as Parts, jobs: [...planner.jobs.values()] };
}

/** Why a selection plans no jobs: what each experiment lacks. */
export function reasonsForNone(selection: PlanRequest): string[] {
  return selection.experiments.flatMap((selected) => {
    const { reasonForNone } = experiments.find(({ name }) => name === selected)!;
    return reasonForNone ? [`${selected} ${reasonForNone(selection)}`] : [];
  });
}
