import type { SlurmOptions } from "./options.ts";
import { arrayScript, type OwnCommand, type Single, singleScript, type Task } from "./script.ts";

/** Work for Slurm: arrays one after another, and a job that ends it. */
export interface Work extends OwnCommand {
  /** The arrays; one begins when all tasks of the one before it have ended well. */
  readonly arrays: readonly (readonly Task[])[];
  /** The last job, which begins when all others have ended, however they did. */
  readonly last: Single;
  /** The folder where what jobs say is kept. */
  readonly logs: string;
}

/** What sbatch is given once. */
export interface Submission {
  readonly title: string;
  /** Options of sbatch, besides that for the jobs that it waits for. */
  readonly options: readonly string[];
  /** Positions of earlier submissions that have to end before, and whether they have to end well. */
  readonly after?: { readonly how: "afterok" | "afterany"; readonly which: readonly number[] };
  readonly script: string;
}

/** What is submitted for some work, in order. */
export function submissionsOf(
  { arrays, last, logs, ...own }: Work,
  { sbatch, limit, workers }: SlurmOptions,
): Submission[] {
  const command = { ...own, flags: [...own.flags, ...workers ? [`--workers=${workers}`] : []] };
  const common = (name: string, log: string) => [
    "--parsable",
    `--job-name=${own.command}-${name}`,
    "--requeue",
    "--open-mode=append",
    `--output=${logs.replaceAll("%", "%%")}/${log}`,
  ];
  const each = arrays.map((tasks, i): Submission => {
    const title = `level ${i + 1} of ${arrays.length}: ${counted(tasks.length, "job")}`;
    const atMost = limit ? `%${limit}` : "";
    return {
      title,
      options: [
        ...common(`${i + 1}`, "%x-%A_%a.log"),
        `--array=0-${tasks.length - 1}${atMost}`,
        ...i > 0 ? ["--kill-on-invalid-dep=yes"] : [],
        ...sbatch,
      ],
      ...(i > 0 ? { after: { how: "afterok", which: [i - 1] } } : {}),
      script: arrayScript(title, tasks, command),
    };
  });
  return [...each, {
    title: last.title,
    options: [...common("end", "%x-%j.log"), ...sbatch],
    ...(arrays.length > 0 ? { after: { how: "afterany", which: [...arrays.keys()] } } : {}),
    script: singleScript(last, command),
  }];
}

/** A number of things, in words. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
