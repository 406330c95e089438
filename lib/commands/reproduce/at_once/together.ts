import type { Progress } from "../../../jobs/context.ts";
import { describe } from "../../../jobs/kinds.ts";

/** One view of the progress of several jobs. */
export interface Together {
  readonly show: (progress: Progress) => void;
  /** Leaves out a job that has ended. */
  readonly leave: (id: string) => void;
}

/** Shows the job that began first, and in its note how far the others are. */
export function together(onProgress: (progress: Progress) => void): Together {
  const running = new Map<string, Progress>();
  return {
    show(progress) {
      running.set(progress.job.id, progress);
      const [first = progress, ...others] = running.values();
      const beside = others.map(({ job, done, total }) =>
        `${describe(job).replaceAll(", ", " ")} ${Math.floor(100 * done / total)}%`
      );
      onProgress({
        ...first,
        note: [first.note, beside.length > 0 ? `beside it ${beside.join(" and ")}` : undefined]
          .filter(Boolean).join(", "),
      });
    },
    leave: (id) => void running.delete(id),
  };
}
