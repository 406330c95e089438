import type { RowOf } from "../files/arrow.ts";
import { fineTuningJob, referenceJob, type TrainJob } from "../jobs/jobs.ts";
import { resultOf } from "../jobs/kinds.ts";
import type { MethodSettings } from "../jobs/method.ts";
import { chooseSettings, scoreOf, type Validated } from "./choose_settings.ts";
import { ended, type Experiment, type Finished } from "./experiment.ts";
import { methodOf } from "./methods.ts";
import { planJob, type Planner } from "./planner.ts";

/** search.arrow. */
export const searchColumns = {
  /** The job's id. */
  run_id: "text",
  /** Identifier of the network. */
  network: "text",
  /** Identifier of the training method; `reference` for the reference, which candidates are compared with. */
  method: "text",
  /** The settings, as JSON. */
  settings: "text",
  /** Fraction of the held-out images classified right, in [0, 1]. */
  accuracy: "real or null",
  /** Mean ‖Δ_x‖ / ‖x‖ over the held-out images (Eq. 7). */
  rho2: "real or null",
  /** Mean accuracy under PGD at several strengths. */
  acc_pgd: "real or null",
  /** The score that candidates are ranked by; null for one that costs too much accuracy. */
  score: "real or null",
  /** 1 for the candidate that its method uses. */
  chosen: "whole",
} as const;

/** A row of search.arrow: a candidate for a method's settings, measured on held-out training images. */
export type SearchRow = RowOf<typeof searchColumns>;

/**
 * The settings to try for the methods that the paper tuned; at most six each. The first one is the published or usual
 * one, which another has to beat by more than chance.
 */
export const settingsToTry: Readonly<Record<string, readonly MethodSettings[]>> = {
  parseval: [1e-4, 1e-5, 3e-4, 1e-3, 3e-3, 1e-2].map((beta) => ({ beta })),
  adv_train_1: [1, 1.5, 2, 2.5, 3, 4].map((scale) => ({ scale })),
  adv_train_2: [
    ...[30, 10, 20, 45, 60].map((fgs_epsilon) => ({ fgs_share: 0.5, fgs_epsilon })),
    { fgs_share: 0.7, fgs_epsilon: 30 },
  ],
  deep_defense_adv_train_2: [
    ...[30, 10, 20].map((fgs_epsilon) => ({ fgs_share: 0.5, fgs_epsilon })),
    { fgs_share: 0.3, fgs_epsilon: 20 },
  ],
};

/** The search: the figures of every candidate on held-out training images, and each method's best candidate. */
export const search: Experiment<"search", TrainJob, typeof searchColumns> = {
  name: "search",
  plan: (planner) => planner.selection.networks.flatMap((network) => planNetwork(planner, network)),
  columns: searchColumns,
  rows: (models, finished) => {
    const rows = ended(models, finished).map((model) => scored(model, finished));
    const groups = Map.groupBy(rows, ({ network, method }) => `${network} ${method}`);
    const chosen = [...groups.values()]
      .map((candidates) => candidates[chooseSettings(candidates.map(({ score }) => score))]);
    return rows.map((row) => ({
      ...row,
      score: Number.isFinite(row.score) ? row.score : null,
      chosen: Number(chosen.includes(row)),
    }));
  },
};

/** A separate reference, trained on fewer images, and every method's candidates. */
function planNetwork(planner: Planner, network: string): TrainJob[] {
  const held = { ...planner.options, validation: true };
  const reference = referenceJob(network, planner.selection.seeds[0]!, held);
  const tried = Object.entries(settingsToTry).flatMap(([method, settings]) =>
    settings.map((change) => fineTuningJob(methodOf(method), reference, held, change))
  );
  return [reference, ...tried].map((job) => planJob(planner, job));
}

/** A candidate's figures and score; the score is -Infinity where it cannot be compared or costs too much accuracy. */
function scored(model: TrainJob, finished: Finished) {
  const { accuracy = null, rho2 = null, acc_pgd = null } = resultOf(model, finished.configs) ?? {};
  const [own, reference] = [validated(model, finished), validated(model.parent ?? model, finished)];
  return {
    run_id: model.id,
    network: model.network,
    method: model.method,
    settings: JSON.stringify(model.variation),
    accuracy,
    rho2,
    acc_pgd,
    score: own && reference ? scoreOf(own, reference) : -Infinity,
  };
}

function validated(model: TrainJob, { configs }: Finished): Validated | undefined {
  const { accuracy = null, rho2 = null, acc_pgd = null } = resultOf(model, configs) ?? {};
  if (accuracy === null || rho2 === null || acc_pgd === null) return undefined;
  return { accuracy, rho2, acc_pgd };
}
