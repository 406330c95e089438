import type { Plan } from "../../experiments/plan.ts";
import { DamagedError } from "../../files/damage.ts";
import { waitForLock } from "../../files/lock.ts";
import { UserError } from "../../engine/user_error.ts";
import { finishedRuns } from "../../jobs/finished_runs.ts";
import type { Job } from "../../jobs/jobs.ts";
import { describe } from "../../jobs/kinds.ts";
import type { RunConfig } from "../../jobs/run_folder.ts";
import { runJobs, type Summary } from "../../jobs/runner.ts";
import { secondsInAll, type TimeLeft, timeLeft } from "../../jobs/time_left.ts";
import { gapsOf } from "../report/missing.ts";
import { warningsIn } from "../report/warnings.ts";
import { Interrupted, interruption } from "../shared/interruption.ts";
import { progressOnStderr, type ProgressView } from "../shared/progress.ts";
import { type Share, shareOf } from "./at_once/how_many.ts";
import { runAsked } from "./at_once/run_asked.ts";
import { runAtOnce } from "./at_once/run_at_once.ts";
import { type Choice, chosenJobs } from "./chosen_jobs.ts";
import { conclude } from "./conclude.ts";
import type { ReproduceOptions } from "./options.ts";
import { keepLeftOut, publish, publishReport } from "./publish.ts";
import { resultLine } from "./result_line.ts";
import type { Place, Quiet, Workplace } from "./workplace.ts";

/** Runs the chosen jobs, and writes tables and report unless they were chosen by their ids. */
export async function runChosen(
  plan: Plan,
  options: ReproduceOptions,
  place: Place,
): Promise<number> {
  const { out, choice } = options;
  if (choice === "asked") return await answer(plan, options, place);
  const { ranks } = options.engine;
  using interrupt = interruption({ ranks });
  const view = progressOnStderr();
  const jobs = chosenJobs(plan.jobs, choice);
  const share = shareOf(options.atOnce, place.engine, choice, ranks !== undefined);
  const context = { ...place, checkpointSeconds, onNotice: view.tell, signal: interrupt.signal };
  try {
    const { configs, diverged } = await runAll(jobs, {
      plan,
      options,
      choice,
      context,
      view,
      share,
    });
    view.end();
    const tellDiverged = () =>
      diverged.forEach((job) => view.tell(`diverged: ${describe(job)} (${job.id})`));
    if ("ids" in choice && jobs.length > 0) {
      await keepLeftOut(context, out);
      tellDiverged();
      return 0;
    }
    const folder = await publishReport(plan, configs, options, context);
    conclude(folder, options);
    for (const one of await warningsIn(folder)) view.tell(`warning: ${one}`);
    const gaps = await gapsOf(folder);
    tellDiverged();
    if (gaps) view.tell(`${gaps}; ${adviceOnGaps(choice)}`);
    return gaps ? 1 : 0;
  } catch (error) {
    view.end();
    if (error instanceof DamagedError) throw withAdvice(error);
    if (!(error instanceof Interrupted)) throw error;
    await keepLeftOut(context, out);
    view.tell(
      `interrupted: the state is saved in ${out}; repeat the command to resume`,
    );
    return 130;
  }
}

/** How gaps are closed. */
function adviceOnGaps(choice: Choice): string {
  return "ids" in choice
    ? "the command without --job none runs what is missing"
    : "repeat the command when other processes have ended";
}

/** The most seconds between checkpoints. */
const checkpointSeconds = 60;

/** What jobs are run with, and what shows them. */
interface Run {
  readonly plan: Plan;
  readonly options: ReproduceOptions;
  readonly choice: Choice;
  readonly context: Quiet;
  readonly view: ProgressView;
  readonly share: Share;
}

/** Runs jobs one after another or side by side, shows them, and writes the tables anew after each. */
async function runAll(
  jobs: readonly Job[],
  { plan, options, choice, context, view, share: { atOnce, workers } }: Run,
): Promise<Summary> {
  const { out, profile, flags } = options;
  let known: ReadonlyMap<string, RunConfig> = await finishedRuns(jobs, context);
  const before = jobs.filter(({ id }) => known.has(id)).length;
  if (before > 0 && before < jobs.length) {
    view.tell(`${before} of ${jobs.length} jobs are finished already`);
  }
  const endedWith = (job: Job) => jobs.filter(({ id }) => id === job.id || known.has(id)).length;
  const inAll = secondsInAll();
  const all: Workplace = {
    ...context,
    onProgress: ({ job, phase, ...progress }) =>
      view.show({
        name: `[${endedWith(job)}/${jobs.length}] ${describe(job)}: ${phase}`,
        after: (own) => {
          const seconds = inAll(job, phase, own);
          if (seconds === undefined) return undefined;
          return sharedTime(timeLeft(jobs, known, { job, seconds }), atOnce);
        },
        ...progress,
      }),
  };
  const onFinished = async (job: Job, config: RunConfig) => {
    known = new Map([...known, [job.id, config]]);
    view.tell(resultLine(job, config, { count: endedWith(job), total: jobs.length }));
    if ("ids" in choice) return;
    using _ = await waitForLock(`${out}/lock`);
    known = await publish(plan, new Map(), options, all);
  };
  if (atOnce > 1) {
    view.tell(`${atOnce} jobs at once, ${workers === 1 ? "1 thread" : `${workers} threads`} each`);
    const own = [...flags, `--workers=${workers}`];
    return await runAtOnce(jobs, all, { atOnce, flags: own, onFinished });
  }
  const wait = "ids" in choice || choice.n > 1; // others run the rest
  return await runJobs(jobs, all, { profile: profile.name, onFinished, wait });
}

/** The time left where jobs run side by side. */
function sharedTime({ jobs, seconds }: TimeLeft, atOnce: number): TimeLeft {
  return { jobs, seconds: seconds / atOnce };
}

/** Runs the jobs that another process asks for. */
async function answer(plan: Plan, { out, profile }: ReproduceOptions, place: Place) {
  return await runAsked(plan.jobs, { ...place, checkpointSeconds }, {
    profile: profile.name,
    onEnd: () => keepLeftOut(place, out),
  });
}

/** Adds advice to the error for a file without a checksum, whose damage shows only when it is read. */
function withAdvice({ message }: DamagedError): UserError {
  return new UserError(`${message}; remove the run's folder to compute it again`);
}
