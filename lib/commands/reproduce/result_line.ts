import type { Job, JobKind, JobOf } from "../../jobs/jobs.ts";
import type { RunConfig } from "../../jobs/run_folder.ts";
import { describe } from "../../jobs/kinds.ts";
import { fractions } from "../../jobs/sign_job.ts";
import { percent, significant } from "../../plots/numbers.ts";
import { time } from "../shared/progress.ts";
import type { ResultOfKind } from "../../jobs/kind.ts";

/** How many of the jobs have ended. */
export interface Ended {
  readonly count: number;
  readonly total: number;
}

/** A job's result in one line: `✓ mlp clean seed 0  98.25%  ρ₂ 0.110  (2 s)  [3/14]`. */
export function resultLine(job: Job, config: RunConfig, { count, total }: Ended): string {
  const isDone = config.status === "done";
  const figures = isDone ? figuresOf(job, config.result) : ["diverged"];
  const parts = [
    `${isDone ? "✓" : "✗"} ${describe(job)}`,
    ...figures,
    `(${time(config.duration_seconds)})`,
    `[${count}/${total}]`,
  ];
  return parts.join("  ");
}

/** The figures to show for each kind of job. */
const figures: {
  readonly [Kind in JobKind]: (result: ResultOfKind[Kind], job: JobOf<Kind>) => string[];
} = {
  train: ({ accuracy, rho2 }) => [
    ...told(accuracy, (value) => `${percent(value)}%`),
    ...told(rho2, asRho2),
  ],
  sign: ({ epsilon_ref, accuracies }, { ruler }) =>
    ruler
      ? told(accuracies[fractions.indexOf(0.5)], (value) => `${percent(value)}% @0.5 ε_ref`)
      : told(epsilon_ref, (value) => `ε_ref ${significant(value)}`),
  strong: ({ rho2_fmn }) => told(rho2_fmn, asRho2),
  transfer: () => [],
  auto_attack: (
    { linf, l2 },
  ) => [`AutoAttack l∞ ${percent(linf.accuracy)}%, l2 ${percent(l2.accuracy)}%`],
};

/** The figures of a job; TypeScript does not see that its result is of its kind. */
function figuresOf<Kind extends JobKind>(job: JobOf<Kind>, result: RunConfig["result"]): string[] {
  return figures[job.kind as Kind](result as unknown as ResultOfKind[Kind], job);
}

const asRho2 = (value: number) => `ρ₂ ${significant(value)}`;

/** A figure in words; nothing where there is none. */
function told(value: number | null | undefined, say: (value: number) => string): string[] {
  return typeof value === "number" ? [say(value)] : [];
}
