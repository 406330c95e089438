import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { whole } from "../shared/flag_values.ts";
import { wordsOf } from "../shared/shell_words.ts";

/** How work is submitted to Slurm. */
export interface SlurmOptions {
  /** Options of sbatch, the same for all that is submitted. */
  readonly sbatch: readonly string[];
  /** How many tasks of an array run at the same time; as many as there is room for when left out. */
  readonly limit?: number;
  /** The threads of a task; one for each of its CPUs when left out. */
  readonly workers?: number;
  /** Whether the scripts are printed in place of being submitted. */
  readonly dryRun: boolean;
}

/** The flags for Slurm. */
export const slurmFlags = {
  values: ["slurm", "slurm-limit"],
  switches: ["slurm-dry-run"],
  passedOn: ["slurm"],
} as const;

/** Their help. */
export const slurmHelp: string =
  `  --slurm "OPTIONS"   submit to Slurm, with these options of sbatch: "--time=4:00:00 --cpus-per-task=4"; a task has one
                      thread per CPU, 1 unless given
  --slurm-limit N     with --slurm: run at most N tasks at the same time
  --slurm-dry-run     with --slurm: print the shell script that would submit, and submit nothing`;

/** Options of sbatch that are not the user's to give. */
const own = /^(-[ad]|--(array|dependency|parsable|wrap|wait|test-only))(=|$)/;

/** Options of sbatch that say how many CPUs a task has. */
const cpus = /^(-c|--cpus-per-task)/;

/**
 * Reads the flags for Slurm; nothing where --slurm was not given.
 *
 * @param apart Flags that do not go together with --slurm.
 * @throws {UserError} (exit code 2) naming the flag, what was expected and what came.
 */
export function slurmOf(
  values: Readonly<Record<string, string>>,
  switches: Readonly<Record<string, boolean>>,
  apart: readonly string[],
): { readonly slurm?: SlurmOptions } {
  const { slurm, "slurm-limit": limit, workers } = values;
  const dryRun = switches["slurm-dry-run"] ?? false;
  if (slurm === undefined) {
    if (!limit && !dryRun) return {};
    throw usage("the arguments", `--slurm with --slurm-${limit ? "limit" : "dry-run"}`, "none");
  }
  const other = apart.find((name) => values[name] || switches[name]);
  if (other) throw usage("the arguments", `--slurm or --${other}`, "both");
  const given = wordsOf("slurm", slurm);
  const taken = given.find((word) => own.test(word));
  if (taken) {
    throw usage("--slurm", "options that leave arrays and dependencies alone", excerpt(taken));
  }
  const hasCpus = given.some((word) => cpus.test(word));
  return {
    slurm: {
      sbatch: hasCpus ? given : [`--cpus-per-task=${workers ?? 1}`, ...given],
      ...(limit ? { limit: whole("slurm-limit", limit, 1) } : {}),
      ...(workers ? { workers: whole("workers", workers, 1) } : {}),
      dryRun,
    },
  };
}

function usage(what: string, expected: string, came: string): UserError {
  return new UserError(`reading ${what}: expected ${expected}, got ${came}`, 2);
}
