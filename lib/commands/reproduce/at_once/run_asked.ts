import type { Context } from "../../../jobs/context.ts";
import type { Job } from "../../../jobs/jobs.ts";
import { runJobs } from "../../../jobs/runner.ts";
import { Interrupted, interruption } from "../../shared/interruption.ts";
import { chosenJobs } from "../chosen_jobs.ts";
import type { JobEvent } from "./events.ts";
import { linesOf } from "./lines_of.ts";

/** Milliseconds between two reports of progress. */
const pause = 100;

/** How asked jobs are run. */
export interface AskedOptions {
  readonly profile: string;
  /** Called when a job has ended, or was interrupted. */
  readonly onEnd: () => Promise<void>;
}

/**
 * Runs the jobs whose ids come on the standard input, one a line, and tells on the standard output what happens: the other end of
 * {@link startJobProcess}. A signal, or nobody who listens any more, saves and ends it.
 *
 * @returns The exit code.
 */
export async function runAsked(
  jobs: readonly Job[],
  context: Omit<Context, "onProgress" | "onNotice" | "signal">,
  { profile, onEnd }: AskedOptions,
): Promise<number> {
  using interrupt = interruption();
  const unheard = new AbortController();
  const signal = AbortSignal.any([interrupt.signal, unheard.signal]);
  const tell = (event: JobEvent) => {
    try {
      printLine(JSON.stringify(event));
    } catch {
      unheard.abort(new Interrupted());
    }
  };
  const all = { ...context, ...listeners(tell), signal };
  try {
    for await (const id of linesOf(Deno.stdin.readable)) {
      const { configs } = await runJobs(chosenJobs(jobs, { ids: [id] }), all, {
        profile,
        wait: true,
        onFinished: async ({ id }, config) => await tell({ kind: "finished", id, config }),
      });
      await onEnd();
      tell({ kind: "ended", id, config: configs.get(id)! });
    }
    return 0;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    await onEnd();
    return 130;
  }
}

/** What jobs call to tell of themselves; progress is told once in a while. */
function listeners(tell: (event: JobEvent) => void): Pick<Context, "onProgress" | "onNotice"> {
  let toldAt = -Infinity;
  return {
    onProgress({ job: { id }, ...progress }) {
      if (performance.now() - toldAt < pause) return;
      toldAt = performance.now();
      tell({ kind: "progress", id, progress });
    },
    onNotice: (text) => tell({ kind: "notice", text }),
  };
}

function printLine(text: string): void {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}
