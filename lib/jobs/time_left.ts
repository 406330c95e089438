import { sum } from "d3-array";
import type { Job } from "./jobs.ts";
import { isMeasured, workOf } from "./kinds.ts";
import type { RunConfig } from "./run_folder.ts";

/** The remaining jobs besides the one in progress. */
export interface TimeLeft {
  readonly jobs: number;
  /** About how long they take. */
  readonly seconds: number;
}

/** A job and how many seconds it takes in all. */
interface Timed {
  readonly job: Job;
  readonly seconds: number;
}

/** The properties that the most similar jobs share, then those that less similar ones do. */
const likenesses = [["kind", "network", "method"], ["kind", "network"], ["network"], []] as const;

/**
 * The remaining jobs besides the one in progress. A job's time is expected from the most similar finished jobs or, if
 * none is as similar, from the one in progress: so much longer as it is more work.
 *
 * @param configs What the finished jobs say of themselves, by id.
 * @param underWay The job in progress, with the seconds that it is expected to take.
 */
export function timeLeft(
  jobs: readonly Job[],
  configs: ReadonlyMap<string, RunConfig>,
  underWay: Timed,
): TimeLeft {
  const finished = jobs.flatMap((job): readonly Timed[] => {
    const config = configs.get(job.id);
    return config?.status === "done" ? [{ job, seconds: config.duration_seconds }] : [];
  });
  const left = jobs.filter(({ id }) => id !== underWay.job.id && !configs.has(id));
  const expected = (job: Job) => workOf(job) * secondsPerWork(mostSimilar(job, finished, underWay));
  return { jobs: left.length, seconds: sum(left, expected) };
}

/**
 * Remembers how many seconds jobs in progress take in all, as their phases say: a short phase before or after a job's main one
 * does not change that. Undefined until it is known.
 */
export function secondsInAll(): (job: Job, phase: string, seconds: number) => number | undefined {
  const known = new Map<string, number>();
  return (job, phase, seconds) => {
    if (isMeasured(job, phase)) known.set(job.id, seconds);
    return known.get(job.id);
  };
}

/** The finished jobs that are most similar to a job, or the one in progress where it is more similar. */
function mostSimilar(job: Job, finished: readonly Timed[], underWay: Timed): readonly Timed[] {
  for (const keys of likenesses) {
    const isLike = (other: Timed) => keys.every((key) => other.job[key] === job[key]);
    const alike = finished.filter(isLike);
    if (alike.length > 0) return alike;
    if (isLike(underWay)) break;
  }
  return [underWay];
}

function secondsPerWork(jobs: readonly Timed[]): number {
  return sum(jobs, ({ seconds }: Timed) => seconds) / sum(jobs, ({ job }: Timed) => workOf(job));
}
