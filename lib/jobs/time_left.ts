import { mean, sum } from "d3-array";
import type { Job } from "./jobs.ts";
import type { RunConfig } from "./run_folder.ts";

/** The remaining jobs besides the one in progress. */
export interface TimeLeft {
  readonly jobs: number;
  /** About how long they take. */
  readonly seconds: number;
}

/** The properties that jobs of about the same time share, the most important first. */
const likenesses = [["kind", "network", "method"], ["kind", "network"], ["kind"]] as const;

/**
 * The remaining jobs besides the one in progress. A job is expected to take as long as the most similar finished
 * jobs did or, if none is as similar, as the one in progress.
 *
 * @param configs What the finished jobs say of themselves, by id.
 * @param underWay The job in progress and how many seconds it takes in all.
 */
export function timeLeft(
  jobs: readonly Job[],
  configs: ReadonlyMap<string, RunConfig>,
  underWay: { readonly job: Job; readonly seconds: number },
): TimeLeft {
  const finished = jobs.filter(({ id }) => configs.get(id)?.status === "done");
  const expected = (job: Job) => {
    for (const keys of likenesses) {
      const isLike = (other: Job) => keys.every((key) => other[key] === job[key]);
      const alike = finished.filter(isLike);
      if (alike.length > 0) return mean(alike, ({ id }: Job) => configs.get(id)!.duration_seconds);
      if (isLike(underWay.job)) break;
    }
    return underWay.seconds;
  };
  const left = jobs.filter(({ id }) => id !== underWay.job.id && !configs.has(id));
  return { jobs: left.length, seconds: sum(left, expected) };
}
