import assert from "node:assert/strict";
import { readRows } from "../../lib/data/blocks.ts";
import type { Dataset, Split, StreamedSplit } from "../../lib/data/dataset.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import type { Context } from "../../lib/jobs/context.ts";
import { planOf, type PlanRequest } from "../../lib/experiments/plan.ts";
import { DamagedError } from "../../lib/files/damage.ts";
import {
  readPartialAttacks,
  writePartialAttacks,
  writePartialImages,
} from "../../lib/jobs/run_folder.ts";
import { runJobs } from "../../lib/jobs/runner.ts";
import { smallContext, smallDataset, smallProfile, smallSelection } from "./small_experiment.ts";

/** A split that is read on demand; `interrupt` may throw at a read. */
function streamed(
  split: Split,
  interrupt = () => {},
): StreamedSplit {
  const { labels, count } = split;
  return {
    labels,
    count,
    read: (indices) => {
      interrupt();
      return readRows(split, indices);
    },
  };
}

async function run(
  out: string,
  dataset: Dataset,
  methods: readonly string[],
  change: Partial<Context> = {},
) {
  await using engine = await createEngine({ workers: 1 });
  const selection: PlanRequest = {
    ...smallSelection,
    methods,
    experiments: ["table1", "figure2", "robustness", "transfer"],
  };
  const { jobs } = planOf(selection, { dataset, engine });
  const context = smallContext(out, { engine, datasetOf: () => dataset, ...change });
  const { configs } = await runJobs(jobs, context, { profile: smallProfile.name });
  return Object.fromEntries(
    jobs.map(({ id }) => [id, configs.get(id)!.result as Record<string, unknown>]),
  );
}

const methods = ["reference", "clean", "deep_defense"];

Deno.test("experiments on images that are read on demand give what they give in memory", async () => {
  const out = await Deno.makeTempDir();
  const { train, test } = smallDataset;
  const dataset: Dataset<StreamedSplit> = {
    ...smallDataset,
    train: streamed(train),
    test: streamed(test),
  };
  const inMemory = await run(`${out}/a`, smallDataset, methods);
  const onDemand = await run(`${out}/b`, dataset, methods);
  assert.deepEqual(onDemand, inMemory);
  await Deno.remove(out, { recursive: true });
});

Deno.test("results of the first test images count those that can be read", async () => {
  const out = await Deno.makeTempDir();
  const test = streamed(smallDataset.test);
  const read = (indices: Uint32Array) => test.read(indices.filter((index) => index !== 3));
  const results = await run(out, { ...smallDataset, test: { ...test, read } }, methods);
  const counts = Object.values(results).flatMap(({ images }) => images ?? []);
  assert.deepEqual(
    counts,
    [19, 19, 19, 19],
    "three models under strong attacks, and their transfer",
  );
  await Deno.remove(out, { recursive: true });
});

Deno.test("an attack on many images that was interrupted resumes after its saved rows", async () => {
  const out = await Deno.makeTempDir();
  const test = { ...smallDataset.test, ...await repeated(smallDataset.test, 10) };
  let attacking = false;
  const failing = () => {
    if (attacking) throw new UserError("the disk is gone");
  };
  const dataset = (interrupt?: () => void): Dataset<StreamedSplit> => ({
    ...smallDataset,
    train: streamed(smallDataset.train),
    test: streamed(test, interrupt),
  });
  const whole = await run(`${out}/a`, { ...smallDataset, test }, ["reference"]);
  const attempt = run(`${out}/b`, dataset(failing), ["reference"], {
    onProgress: ({ phase }) => attacking ||= phase === "attacking",
  });
  await assert.rejects(attempt, /the disk is gone/);
  const [id] = Object.keys(whole);
  const folder = `${out}/b/runs/${id}`;
  const rows = await readPartialAttacks(folder, id!);
  assert.equal(rows.length, 512);
  await assert.rejects(readPartialAttacks(folder, "another run"), DamagedError);

  const wrong = rows.map((row) => ({ ...row, predicted: 0, ratio: 9 }));
  await writePartialAttacks(folder, "another run", wrong);
  const said: string[] = [];
  const onNotice = (text: string) => said.push(text);
  assert.deepEqual(await run(`${out}/b`, dataset(), ["reference"], { onNotice }), whole);
  assert.equal(said.length, 1);
  assert.match(
    said[0]!,
    /attacks\.partial: expected .*; the attack starts again from the first image$/,
  );

  await writePartialImages(folder, id!, []);
  await Deno.rename(`${folder}/images.partial`, `${folder}/attacks.partial`);
  await assert.rejects(readPartialAttacks(folder, id!), DamagedError);

  await Deno.remove(`${folder}/config.json`);
  await writePartialAttacks(folder, id!, rows);
  assert.deepEqual(await run(`${out}/b`, dataset(), ["reference"], { onNotice }), whole);
  assert.equal(said.length, 1);
  await Deno.remove(out, { recursive: true });
});

Deno.test("Adv. Train I refuses images that are read on demand in one line", async () => {
  const out = await Deno.makeTempDir();
  const { train, test } = smallDataset;
  const dataset = { ...smallDataset, train: streamed(train), test: streamed(test) };
  await assert.rejects(
    run(out, dataset, ["reference", "adv_train_1", "deep_defense"]),
    (error) => error instanceof UserError && /training images in memory/.test(error.message),
  );
  await Deno.remove(out, { recursive: true });
});

async function repeated(split: Split, times: number): Promise<Split> {
  const indices = Uint32Array.from({ length: times * split.count }, (_, i) => i % split.count);
  const { images, labels, count } = await readRows(split, indices);
  return { images, labels, count };
}
