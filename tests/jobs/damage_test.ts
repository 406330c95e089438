import assert from "node:assert/strict";
import { createEngine, type Engine } from "../../lib/engine/engine.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { decodeTable } from "../../lib/files/arrow.ts";
import { readIfThere } from "../../lib/files/files.ts";
import type { Job } from "../../lib/jobs/jobs.ts";
import { metricsColumns } from "../../lib/jobs/run_folder.ts";
import { runJobs } from "../../lib/jobs/runner.ts";
import { encodeSafetensors } from "../../lib/networks/safetensors.ts";
import { smallConvolutional, smallMlp } from "../small_problem.ts";
import { inNewFolder, smallContext, smallJobs } from "./small_experiment.ts";

const [reference, defended] = smallJobs().filter(({ kind }) => kind === "train") as [Job, Job];
const jobs = [reference, defended];
const network = smallMlp();

/** Runs the jobs in a folder. Returns what was said of damage. */
async function run(out: string, engine: Engine, stopAt = Infinity): Promise<string[]> {
  const said: string[] = [];
  const stop = new AbortController();
  let signs = 0;
  const context = smallContext(out, {
    engine,
    checkpointSeconds: 1000,
    networkOf: () => network,
    onNotice: (text) => said.push(text),
    onProgress: ({ job }) => {
      if (job.id === defended.id && ++signs === stopAt) stop.abort(new Error("stopped"));
    },
    signal: stop.signal,
  });
  await runJobs(jobs, context, { profile: "small" });
  return said;
}

/** What the jobs found, without what is of the moment, and their models where they are kept. */
async function resultsIn(out: string) {
  return await Promise.all(jobs.map(async ({ id }) => {
    const folder = `${out}/runs/${id}`;
    const { settings, status, result } = JSON.parse(
      await Deno.readTextFile(`${folder}/config.json`),
    );
    const metrics = await Deno.readFile(`${folder}/metrics.arrow`);
    const rows = decodeTable(metrics, metricsColumns, folder).map(({ ms: _, ...row }) => row);
    const attacks = await Deno.readFile(`${folder}/attacks.arrow`);
    const model = await readIfThere(`${folder}/model.safetensors`);
    return { id, settings, status, result, rows, attacks, model };
  }));
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** What becomes of a file's bytes; nothing where it is removed. */
type Change = (bytes: Uint8Array) => Uint8Array | undefined;

/** The kinds of damage that a file may take, by name. */
const kinds: Readonly<Record<string, Change>> = {
  truncated: (bytes) => bytes.slice(0, bytes.length / 2),
  "without its end": (bytes) => bytes.slice(0, -3),
  empty: () => new Uint8Array(),
  zeroed: (bytes) => new Uint8Array(bytes.length),
  absent: () => undefined,
  "other text": () => new TextEncoder().encode('{"status": "done"}'),
  "a bit flipped in the first quarter": (bytes) => flipped(bytes, 0.2),
  "a bit flipped in the middle": (bytes) => flipped(bytes, 0.5),
  "a bit flipped near the end": (bytes) => flipped(bytes, 0.9),
};

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[Math.floor(at * bytes.length)]! ^= 4;
  return copy;
}

async function damage(path: string, change: Change): Promise<void> {
  const bytes = change(await Deno.readFile(path));
  if (bytes) await Deno.writeFile(path, bytes);
  else await Deno.remove(path);
}

/** The states of the two jobs, and the files that are damaged in each. */
const states: Readonly<Record<string, readonly (readonly [Job, string])[]>> = {
  finished: jobs.flatMap((job) =>
    ["config.json", "metrics.arrow", "attacks.arrow", "model.safetensors"].map((name) =>
      [job, name] as const
    )
  ),
  interrupted: [
    [reference, "config.json"],
    [reference, "model.safetensors"],
    [defended, "config.json"],
    [defended, "metrics.arrow"],
    [defended, "checkpoint.safetensors"],
  ],
};

/**
 * What need not be told: nobody needs the model; the run looks like one that has not come that far; or the bit may be one that
 * says nothing, in a file that no checksum is made of as it stands.
 */
function mayBeSilent(state: string, name: string, kind: string): boolean {
  if (kind === "absent") return !["metrics.arrow", "attacks.arrow"].includes(name);
  return state === "interrupted" && kind.includes("flipped") && !name.endsWith(".safetensors");
}

Deno.test("whatever a file of a run has suffered, the same command gives the same figures, and tells", async (test) => {
  await using engine = await createEngine({ workers: 1 });
  await inNewFolder(async (folder) => {
    await run(`${folder}/finished`, engine);
    const right = await resultsIn(`${folder}/finished`);
    await assert.rejects(run(`${folder}/interrupted`, engine, 6), /stopped/);
    for (const [state, files] of Object.entries(states)) {
      for (const [job, name] of files) {
        for (const [kind, change] of Object.entries(kinds)) {
          await test.step(`${state}: ${name} of ${job.method} ${kind}`, async () => {
            const out = `${folder}/damaged`;
            await copyFolder(`${folder}/${state}`, out);
            await damage(`${out}/runs/${job.id}/${name}`, change);
            const said = await run(out, engine);
            const gone = state === "finished" && name === "model.safetensors" && kind === "absent";
            const expected = right.map((one) =>
              gone && one.id === job.id ? { ...one, model: undefined } : one
            );
            assert.deepEqual(await resultsIn(out), expected);
            if (!mayBeSilent(state, name, kind)) assert.equal(said.length, 1, `${said}`);
            for (const text of said) assert.match(text, /^reading .*: expected [^\n]* again/);
            await Deno.remove(out, { recursive: true });
          });
        }
      }
    }
  });
});

/** The finished jobs, the second one's folder taken away; what it starts from has no checksums, as earlier versions left it. */
async function halfWithoutChecksums(folder: string, engine: Engine): Promise<string> {
  await run(folder, engine);
  await Deno.remove(`${folder}/runs/${defended.id}`, { recursive: true });
  const path = `${folder}/runs/${reference.id}/config.json`;
  const { files: _files, sha256: _sha256, ...config } = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, JSON.stringify(config));
  return `${folder}/runs/${reference.id}`;
}

Deno.test("a finished run without checksums is accepted; without its model only where nothing reads it", async () => {
  await using engine = await createEngine({ workers: 1 });
  await inNewFolder(async (out) => {
    const folder = await halfWithoutChecksums(out, engine);
    assert.deepEqual(await run(out, engine), []);
    const right = await resultsIn(out);
    for (const name of ["model.safetensors", "metrics.arrow", "attacks.arrow"]) {
      await Deno.remove(`${folder}/${name}`);
    }
    assert.deepEqual(await run(out, engine), []);
    await Deno.remove(`${out}/runs/${defended.id}`, { recursive: true });
    const said = await run(out, engine);
    assert.equal(said.length, 1);
    assert.match(said[0]!, /model\.safetensors: expected .*, got none; .* is computed again from/);
    assert.deepEqual(await resultsIn(out), right);
  });
});

Deno.test("a model of another network, and one that is damaged, without checksums, is one line", async () => {
  await using engine = await createEngine({ workers: 1 });
  await inNewFolder(async (out) => {
    const folder = await halfWithoutChecksums(out, engine);
    const other = encodeSafetensors(smallConvolutional().init(0));
    for (const bytes of [other, other.slice(0, 100), new Uint8Array(400), new Uint8Array()]) {
      await Deno.writeFile(`${folder}/model.safetensors`, bytes);
      await assert.rejects(run(out, engine), (error) => {
        assert.ok(error instanceof UserError, `${error}`);
        assert.match(error.message, /^[^\n]*model\.safetensors: expected [^\n]*$/);
        return true;
      });
    }
  });
});

Deno.test("files of another run are not taken for a run's own", async () => {
  await using engine = await createEngine({ workers: 1 });
  await inNewFolder(async (out) => {
    await run(out, engine);
    const right = await resultsIn(out);
    for (const name of ["config.json", "metrics.arrow", "attacks.arrow", "model.safetensors"]) {
      const [from, to] = jobs.map(({ id }) => `${out}/runs/${id}/${name}`) as [string, string];
      await Deno.copyFile(from, to);
      assert.equal((await run(out, engine)).length, 1);
      assert.deepEqual(await resultsIn(out), right);
    }
  });
});
