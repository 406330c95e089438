import assert from "node:assert/strict";
import { readConfig, writeConfig } from "../../../lib/jobs/run_folder.ts";
import { withFolder } from "../../data/idx/fixture.ts";
import { filesBelow } from "../../files_below.ts";
import { commandOf, type End, endOf, makeDataset, mistake, run, runAlone } from "../command.ts";

/** Starts a command that may start Deno. */
function start(args: readonly string[], env: Record<string, string> = {}): Deno.ChildProcess {
  const [first = "", ...rest] = commandOf(args);
  return new Deno.Command(Deno.execPath(), {
    args: [first, `--allow-run=${Deno.execPath()}`, ...rest],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function runAtOnce(args: readonly string[]): Promise<End> {
  return endOf(await start(args).output());
}

/** The processes that a process has started. */
async function childrenOf({ pid }: Deno.ChildProcess): Promise<number[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "pid=", "--ppid", `${pid}`] })
    .output();
  return new TextDecoder().decode(stdout).trim().split(/\s+/).filter(Boolean).map(Number);
}

/** Waits until two processes run jobs, of which one has a checkpoint; returns the processes. */
async function inTraining(child: Deno.ChildProcess, out: string): Promise<number[]> {
  for (let tries = 0; tries < 2000; tries++) {
    const processes = await childrenOf(child);
    const files = await filesBelow(out).catch(() => []);
    const isUnderWay = files.some((path) => path.endsWith("/checkpoint.safetensors"));
    if (processes.length === 2 && isUnderWay) return processes;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("expected two processes, one of them with a checkpoint, got none");
}

/** Whether a process is there. */
function isAlive(process: number): boolean {
  try {
    Deno.kill(process, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}

Deno.test("jobs side by side", async (test) => {
  await withFolder(async (dir) => {
    await makeDataset(dir);
    const smoke = (out: string, ...more: string[]) =>
      ["reproduce", "--profile", "smoke", "--dataset", `idx:${dir}/rows`, "--out", `${dir}/${out}`]
        .concat("--only", "figure2", "--method", "clean,parseval", "--epochs", "10", more);
    const table = (out: string) => Deno.readFile(`${dir}/${out}/figure2.arrow`);
    const whole = await run(smoke("whole", "--workers", "1"));
    assert.equal(whole.code, 0, whole.errors);

    await test.step("end in the tables of one process, and each is told once", async () => {
      const { code, errors } = await runAtOnce(smoke("two", "--workers", "2", "--at-once", "2"));
      assert.equal(code, 0, errors);
      assert.match(errors, /2 jobs at once, 1 thread each/);
      const ended = [...errors.matchAll(/✓ .* \[(\d+)\/3\]$/gm)].map(([, count]) => Number(count));
      assert.deepEqual(ended, [1, 2, 3]);
      assert.deepEqual(await table("two"), await table("whole"));
    });

    await test.step("Ctrl-C ends all and saves; given again, the same tables", async () => {
      const child = start(smoke("stopped", "--workers", "2", "--at-once", "2"));
      const processes = await inTraining(child, `${dir}/stopped`);
      for (const process of [child.pid, ...processes]) Deno.kill(process, "SIGINT"); // as a terminal does
      const { code, errors } = endOf(await child.output());
      assert.equal(code, 130, errors);
      assert.match(errors, /interrupted: the state is saved in .*stopped; repeat the command/);
      assert.ok(!processes.some(isAlive));
      const again = await runAtOnce(smoke("stopped", "--workers", "2", "--at-once", "2"));
      assert.equal(again.code, 0, again.errors);
      assert.deepEqual(await table("stopped"), await table("whole"));
    });

    await test.step("one whose process is killed ends all with one line", async () => {
      const child = start(smoke("killed", "--workers", "2", "--at-once", "2"));
      const [first, second] = await inTraining(child, `${dir}/killed`);
      Deno.kill(first!, "SIGKILL");
      const end = endOf(await child.output());
      assert.equal(end.code, 1, end.errors);
      assert.match(mistake(end), /expected its process to end the job, but it ended with SIGKILL/);
      assert.ok(!isAlive(second!));
    });

    await test.step("a process whose parent is killed saves its job and ends", async () => {
      const child = start(smoke("orphans", "--workers", "2", "--at-once", "2"));
      const processes = await inTraining(child, `${dir}/orphans`);
      child.kill("SIGKILL");
      await child.output();
      while (processes.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 50));
      const { out } = await run(smoke("orphans", "--list"));
      assert.doesNotMatch(out, / running | damaged /);
    });

    await test.step("jobs named by their ids are run with what they need, and tables are written afterwards", async () => {
      const { out } = await run(smoke("named", "--list"));
      const [, clean] = / ([0-9a-f]{16}) .* mlp clean seed 0$/m.exec(out)!;
      const named = await run(smoke("named", "--workers", "1", "--job", clean!));
      assert.equal(named.code, 0, named.errors);
      assert.deepEqual(named.errors.match(/\[\d\/2\]$/gm), ["[1/2]", "[2/2]"]);
      assert.equal((await Array.fromAsync(Deno.readDir(`${dir}/named/runs`))).length, 2);
      await assert.rejects(table("named"), Deno.errors.NotFound);
      const tables = await run(smoke("named", "--workers", "1", "--job", "none"));
      assert.equal(tables.code, 1);
      assert.match(
        tables.errors,
        /the results have gaps: 1 of 3 jobs are not in them.*without --job none runs what is missing/,
      );
      assert.ok((await table("named")).length > 0);
      const none = await run(smoke("named", "--job", "0123456789abcdef"));
      assert.equal(none.code, 2);
      assert.match(mistake(none), /--job: expected the ids of some of the 3 jobs/);
    });

    await test.step("a job that diverged is a result, and so is one that needs it: the exit code is 0", async () => {
      const { out } = await run(smoke("diverged", "--list"));
      const [reference, clean] = ["reference", "clean"].map((method) =>
        new RegExp(` ([0-9a-f]{16}) .* mlp ${method} seed 0$`, "m").exec(out)![1]!
      );
      const config = (await readConfig(`${dir}/whole/runs/${reference}`, reference!))!;
      await Deno.mkdir(`${dir}/diverged/runs/${reference}`, { recursive: true });
      await writeConfig(`${dir}/diverged/runs/${reference}`, {
        ...config,
        status: "diverged",
        result: null,
        files: {},
      });
      const { code, errors } = await run(smoke("diverged", "--workers", "1", "--job", clean!));
      assert.equal(code, 0, errors);
      assert.match(errors, /diverged: mlp clean seed 0/);
      const whole = await run(smoke("diverged", "--workers", "1"));
      assert.equal(whole.code, 0, whole.errors);
    });

    await test.step("Deno that may not be started is one line", async () => {
      const end = await runAlone(smoke("alone", "--at-once", "2"));
      assert.equal(end.code, 1);
      assert.match(mistake(end), /side by side: expected the permission to start Deno/);
    });
  });
});
