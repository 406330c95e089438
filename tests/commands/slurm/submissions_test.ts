import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ownCommand } from "../../../lib/commands/shared/own_command.ts";
import { quoted } from "../../../lib/commands/shared/shell_words.ts";
import { submittingScript } from "../../../lib/commands/slurm/dry_run.ts";
import { submissionsOf, type Work } from "../../../lib/commands/slurm/submissions.ts";
import { writeCommand } from "../../command/write_command.ts";
import { withFolder } from "../../data/idx/fixture.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

const work: Work = {
  command: "reproduce",
  flags: ["--profile=smoke", "--out=/data/it's here"],
  deno: "/opt/de no",
  arrays: [
    [{ job: "a1", title: "mlp reference" }],
    [{ job: "b1", title: "mlp clean" }, { job: "b2", title: "a title\nof two lines" }],
  ],
  last: { job: "none", title: "tables and report" },
  logs: "/data/it's here/100%/slurm",
};

/** The line that becomes Deno. */
const line = (job: string, ...more: string[]) =>
  `exec '/opt/de no' ${
    ownCommand("reproduce", [...work.flags, ...more]).map(quoted).join(" ")
  } ${job}`;

Deno.test("work becomes an array for each level and a job that ends it", () => {
  const [first, second, last, ...more] = submissionsOf(work, {
    sbatch: ["--time=4:00:00"],
    limit: 3,
    workers: 2,
    dryRun: false,
  });
  const output = "--output=/data/it's here/100%%/slurm";
  const always = ["--requeue", "--open-mode=append"];
  assert.deepEqual(more, []);
  assert.deepEqual([first!.title, second!.title, last!.title], [
    "level 1 of 2: 1 job",
    "level 2 of 2: 2 jobs",
    "tables and report",
  ]);
  assert.deepEqual(first!.options, [
    "--parsable",
    "--job-name=reproduce-1",
    ...always,
    `${output}/%x-%A_%a.log`,
    "--array=0-0%3",
    "--time=4:00:00",
  ]);
  assert.deepEqual(second!.options, [
    "--parsable",
    "--job-name=reproduce-2",
    ...always,
    `${output}/%x-%A_%a.log`,
    "--array=0-1%3",
    "--kill-on-invalid-dep=yes",
    "--time=4:00:00",
  ]);
  assert.deepEqual(last!.options, [
    "--parsable",
    "--job-name=reproduce-end",
    ...always,
    `${output}/%x-%j.log`,
    "--time=4:00:00",
  ]);
  assert.deepEqual([first!.after, second!.after, last!.after], [
    undefined,
    { how: "afterok", which: [0] },
    { how: "afterany", which: [0, 1] },
  ]);
  assert.equal(
    second!.script,
    `#!/bin/bash
# level 2 of 2: 2 jobs
jobs=(
  b1 # mlp clean
  b2 # a title\\nof two lines
)
export DENO_NO_UPDATE_CHECK=1
cd ${quoted(root)} || exit
${line('--job="${jobs[SLURM_ARRAY_TASK_ID]}"', "--workers=2")}
`,
  );
  assert.equal(
    last!.script,
    `#!/bin/bash
# tables and report
export DENO_NO_UPDATE_CHECK=1
cd ${quoted(root)} || exit
${line("--job=none", "--workers=2")}
`,
  );
});

Deno.test("where all jobs have ended, only the last one is submitted, which waits for none", () => {
  const [only, ...more] = submissionsOf({ ...work, arrays: [] }, { sbatch: [], dryRun: false });
  assert.deepEqual([only!.title, only!.after, more], ["tables and report", undefined, []]);
});

/** In place of sbatch: keeps what it is given and prints an id, with a cluster's name as federations do. */
const sbatch = `
count=$(ls "$LOG" | wc -l)
{ printf '%s\\n' "$@"; cat; } > "$LOG/$count"
echo "$((100 + count));cluster"
`;

Deno.test("the script of a dry run gives sbatch the same options and scripts", async () => {
  await withFolder(async (dir) => {
    const own = { ...work, logs: `${dir}/it's/logs` };
    const submissions = submissionsOf(own, { sbatch: ["--comment=a b"], dryRun: true });
    await Deno.mkdir(`${dir}/bin`);
    await Deno.mkdir(`${dir}/log`);
    await writeCommand(`${dir}/bin/sbatch`, sbatch);
    await Deno.writeTextFile(`${dir}/all.sh`, submittingScript(submissions, own.logs));
    const { success } = await new Deno.Command("sh", {
      args: [`${dir}/all.sh`],
      env: { PATH: `${dir}/bin:${Deno.env.get("PATH")}`, LOG: `${dir}/log` },
    }).output();
    assert.ok(success);
    const waits = [[], ["--dependency=afterok:100"], ["--dependency=afterany:100:101"]];
    for (const [i, { options, script }] of submissions.entries()) {
      assert.equal(
        await Deno.readTextFile(`${dir}/log/${i}`),
        [...options, ...waits[i]!, script].join("\n"),
      );
    }
    assert.ok((await Deno.stat(own.logs)).isDirectory);
  });
});
