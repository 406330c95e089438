import type { Job } from "../../jobs/jobs.ts";
import type { RunConfig } from "../../jobs/run_folder.ts";
import { describe } from "../../jobs/runner.ts";
import { fractions } from "../../jobs/sign_job.ts";
import { percent, significant } from "../../plots/numbers.ts";
import { time } from "../shared/progress.ts";

/** How many of the jobs have ended. */
export interface Ended {
  readonly count: number;
  readonly total: number;
}

/** What came of a job, in a line: `✓ mlp clean seed 0  98.25%  ρ₂ 0.110  (2 s)  [3/14]`. */
export function resultLine(job: Job, config: RunConfig, { count, total }: Ended): string {
  const isDone = config.status === "done";
  const figures = isDone ? figuresOf(job, config.result as Figures) : ["diverged"];
  const parts = [
    `${isDone ? "✓" : "✗"} ${describe(job)}`,
    ...figures,
    `(${time(config.duration_seconds)})`,
    `[${count}/${total}]`,
  ];
  return parts.join("  ");
}

/** What results hold of the figures that are told. */
interface Figures {
  readonly accuracy?: number;
  readonly rho2?: number | null;
  readonly rho2_fmn?: number | null;
  readonly epsilon_ref?: number | null;
  readonly accuracies?: readonly number[];
}

function figuresOf(job: Job, { accuracy, rho2, rho2_fmn, ...sign }: Figures): string[] {
  switch (job.kind) {
    case "train":
      return [...told(accuracy, (value) => `${percent(value)}%`), ...told(rho2, asRho2)];
    case "sign":
      return job.ruler
        ? told(
          sign.accuracies?.[fractions.indexOf(0.5)],
          (value) => `${percent(value)}% @0.5 ε_ref`,
        )
        : told(sign.epsilon_ref, (value) => `ε_ref ${significant(value)}`);
    case "strong":
      return told(rho2_fmn, asRho2);
    case "transfer":
      return [];
  }
}

const asRho2 = (value: number) => `ρ₂ ${significant(value)}`;

/** A figure in words; nothing where there is none. */
function told(value: number | null | undefined, say: (value: number) => string): string[] {
  return typeof value === "number" ? [say(value)] : [];
}
