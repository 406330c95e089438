import assert from "node:assert/strict";
import { slurmOf } from "../../../lib/commands/slurm/options.ts";
import { UserError } from "../../../lib/engine/user_error.ts";

type Given = Readonly<Record<string, string>>;

const understood: readonly (readonly [string, Given, object | undefined])[] = [
  ["no flag", {}, undefined],
  ["no options: a CPU for each task", { slurm: "" }, {
    sbatch: ["--cpus-per-task=1"],
    dryRun: false,
  }],
  ["as many CPUs as threads", { slurm: "--time=10", workers: "3" }, {
    sbatch: ["--cpus-per-task=3", "--time=10"],
    workers: 3,
    dryRun: false,
  }],
  ["CPUs of its own", { slurm: "-c 4 --mem=8G", "slurm-limit": "5" }, {
    sbatch: ["-c", "4", "--mem=8G"],
    limit: 5,
    dryRun: false,
  }],
];

for (const [name, given, expected] of understood) {
  Deno.test(`flags for Slurm: ${name}`, () => {
    assert.deepEqual(slurmOf(given, {}, ["at-once"]).slurm, expected);
  });
}

const refused: readonly (readonly [string, Given, string])[] = [
  ["a limit alone", { "slurm-limit": "2" }, "--slurm with --slurm-limit, got none"],
  ["a limit of 0", { slurm: "", "slurm-limit": "0" }, "a whole number from 1, got 0"],
  ["what goes apart", { slurm: "", "at-once": "2" }, "--slurm or --at-once, got both"],
  ...["--array=1-3", "-a 1", "--dependency=after:1", "-d x", "--parsable", "--wait"].map((words) =>
    [
      words,
      { slurm: `--time=1 ${words}` },
      "options that leave arrays and dependencies alone",
    ] as const
  ),
];

for (const [name, given, message] of refused) {
  Deno.test(`flags for Slurm, refused: ${name}`, () => {
    assert.throws(
      () => slurmOf(given, {}, ["at-once"]),
      (error) =>
        error instanceof UserError && error.exitCode === 2 && error.message.includes(message),
    );
  });
}
