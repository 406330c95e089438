import assert from "node:assert/strict";
import { withFolder } from "../../data/idx/fixture.ts";
import { filesBelow } from "../../files_below.ts";
import { commandOf, type End, endOf, makeDataset, mistake, run } from "../command.ts";
import { type Cluster, lacksSlurm, startCluster, until } from "./cluster.ts";

/** Runs a command that may start sbatch. */
async function runWithSlurm({ env }: Cluster, args: readonly string[]): Promise<End> {
  const [first = "", ...rest] = commandOf(args);
  const command = new Deno.Command(Deno.execPath(), {
    args: [first, "--allow-run=sbatch", ...rest],
    env,
  });
  return endOf(await command.output());
}

/** The ids of Slurm's jobs that a command has submitted. */
function idsIn({ code, out, errors }: End): string[] {
  assert.equal(code, 0, errors);
  return [...out.matchAll(/^Slurm job (\d+) /gm)].map(([, id]) => id!);
}

/** How a job of Slurm ended: `COMPLETED 0:0`. */
async function endIn({ ask }: Cluster, id: string): Promise<string> {
  const text = await ask("scontrol", "show", "job", id);
  const field = (name: string) => new RegExp(` ${name}=(\\S+)`).exec(text)?.[1];
  return `${field("JobState")} ${field("ExitCode")}`;
}

async function untilEnded(cluster: Cluster, id: string): Promise<string> {
  await until(async () => await cluster.ask("squeue", "-h", "-j", id) === "", 300);
  return await endIn(cluster, id);
}

/** Whether a node runs a job that has a checkpoint and is not done. */
async function isInTraining({ processesOn }: Cluster, node: string, out: string): Promise<boolean> {
  const checkpoints = (await filesBelow(out)).filter((path) => path.includes("checkpoint"));
  if (checkpoints.length === 0) return false;
  const processes = await processesOn(node);
  const holders = checkpoints.map((path) =>
    Deno.readTextFile(`${path.slice(0, path.lastIndexOf("/"))}/lock`)
  );
  return (await Promise.all(holders)).some((text) =>
    processes.some((process) => text.startsWith(`process ${process} on `))
  );
}

/** What runs came to, by path, without times. */
async function resultsIn(out: string): Promise<Map<string, unknown>> {
  const results = new Map<string, unknown>();
  for (const path of await filesBelow(out)) {
    const name = path.slice(out.length);
    if (name.endsWith("config.json")) {
      const { status, settings, result } = JSON.parse(await Deno.readTextFile(path));
      results.set(name, { status, settings, result });
    } else if (/(table1|figure2|attacks)\.arrow$|\.safetensors$/.test(name)) {
      results.set(name, await Deno.readFile(path));
    }
  }
  return new Map([...results].sort());
}

const ignore = await lacksSlurm();

Deno.test({ name: "jobs on a Slurm cluster of two nodes", ignore }, async (test) => {
  await withFolder(async (dir) => {
    await makeDataset(dir);
    const smoke = (out: string, ...more: string[]) =>
      ["reproduce", "--profile", "smoke", "--dataset", `idx:${dir}/rows`, "--out", `${dir}/${out}`]
        .concat("--epochs", "20", more);
    await using cluster = await startCluster(dir);

    await test.step("all 14 jobs of smoke end, though a node dies, in the bytes of one process", async () => {
      const whole = run(smoke("whole", "--workers", "1"));
      const ids = idsIn(await runWithSlurm(cluster, smoke("many", "--slurm", "--time=10")));
      assert.equal(ids.length, 5);
      await until(() => isInTraining(cluster, "n2", `${dir}/many`), 180);
      await cluster.killNode("n2");
      const { out } = await run(smoke("many", "--list"));
      assert.match(out, / done .* interrupted .* waiting /s);
      assert.equal(await untilEnded(cluster, ids.at(-1)!), "COMPLETED 0:0");
      assert.equal((await whole).code, 0, (await whole).errors);
      assert.deepEqual(await resultsIn(`${dir}/many`), await resultsIn(`${dir}/whole`));
    });

    await test.step("what sbatch refuses is one line", async () => {
      const end = await runWithSlurm(cluster, smoke("refused", "--slurm", "--partition=none"));
      assert.equal(end.code, 1);
      assert.match(
        mistake(end),
        /^error: submitting level 1 of 4: 1 job: .*got .*invalid partition/i,
      );
    });

    await test.step("a level that fails ends the later ones, and the last job says what is missing", async () => {
      const ids = idsIn(
        await runWithSlurm(cluster, smoke("gaps", "--only=figure2", "--method=clean", "--slurm=")),
      );
      await cluster.ask("scancel", ids[0]!);
      assert.equal(await untilEnded(cluster, ids.at(-1)!), "FAILED 1:0");
      const log = await Deno.readTextFile(`${dir}/gaps/slurm/reproduce-end-${ids.at(-1)}.log`);
      // On a quick machine the first job has written its results before it is cancelled.
      assert.match(log, /the results have gaps: [12] of 2 jobs are not in them/);
    });
  });
});
