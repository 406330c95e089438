import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { random } from "../../lib/engine/random.ts";
import { decodeTable } from "../../lib/files/arrow.ts";
import { metricsColumns } from "../../lib/jobs/run_folder.ts";
import { inNewFolder, smallJobs } from "./small_experiment.ts";

const script = fileURLToPath(new URL("./run_small.ts", import.meta.url));
const permissions = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys", "--allow-ffi"];

/** Starts the small experiment in a process of its own. */
function start(out: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", ...permissions, script, out],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Lets the experiment run for a number of signs of progress and a few milliseconds, and kills it. */
async function runUntil(signs: number, milliseconds: number, out: string): Promise<number> {
  const child = start(out);
  let seen = 0;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    seen += text.split("\n").length - 1;
    if (seen < signs) continue;
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    if (signs < Infinity) child.kill("SIGKILL");
    break;
  }
  await child.status;
  return seen;
}

/** Lets the experiment run to its end. */
async function finish(out: string): Promise<void> {
  const { success } = await start(out).output();
  assert.ok(success);
}

/** The files that results consist of, by path, without what is of the moment. */
async function resultsIn(out: string): Promise<Map<string, unknown>> {
  const results = new Map<string, unknown>();
  for (const { id } of smallJobs()) {
    for await (const { name } of Deno.readDir(`${out}/runs/${id}`)) {
      if (name !== "lock") {
        results.set(`${id}/${name}`, await contents(`${out}/runs/${id}/${name}`));
      }
    }
  }
  for (const name of ["table1.arrow", "figure2.arrow"]) {
    results.set(name, await Deno.readFile(`${out}/${name}`));
  }
  return new Map([...results].sort());
}

async function contents(path: string): Promise<unknown> {
  const bytes = await Deno.readFile(path);
  if (path.endsWith("config.json")) {
    const { finished_at: _at, duration_seconds: _for, files: _files, sha256: _all, ...rest } = JSON
      .parse(
        new TextDecoder().decode(bytes),
      );
    return rest;
  }
  if (!path.endsWith("metrics.arrow")) return bytes;
  return decodeTable(bytes, metricsColumns, path).map(({ ms: _, ...rest }) => rest);
}

Deno.test("runs killed at random moments and given again end in the same bytes", async () => {
  await inNewFolder(async (folder) => {
    const whole = `${folder}/whole`;
    const killed = `${folder}/killed`;
    await Promise.all([whole, killed].map((path) => Deno.mkdir(path)));
    await finish(whole);
    const next = random("kills", 7);
    let kills = 0;
    for (; kills < 5; kills++) {
      await runUntil(1 + Math.floor(5 * next()), Math.floor(20 * next()), killed);
    }
    await finish(killed);
    assert.deepEqual(await resultsIn(killed), await resultsIn(whole));
  });
});
