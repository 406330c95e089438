/**
 * Measures one row of the benchmark and prints it as JSON: `deno run ... row.ts lenet/deep_defense_step@1`.
 *
 * @module
 */

import process from "node:process";
import { median } from "d3-array";
import { deepfool } from "../../lib/attacks/deepfool.ts";
import { arraysOf } from "../../lib/attacks/predict.ts";
import { type Dataset, firstImages } from "../../lib/data/dataset.ts";
import { loadDataset } from "../../lib/data/load.ts";
import { clean } from "../../lib/defenses/clean.ts";
import { zerosLike } from "../../lib/defenses/clean_pass.ts";
import { deepDefense } from "../../lib/defenses/deep_defense.ts";
import type { Defense, ShardGradient, ShardOfStep } from "../../lib/defenses/defense.ts";
import { createEngine, type Engine, type Loaded } from "../../lib/engine/engine.ts";
import { shards, shared } from "../../lib/engine/shared_memory.ts";
import { networkFor } from "../../lib/networks/by_name.ts";
import type { Network } from "../../lib/networks/network.ts";
import { readSafetensors, type Weights } from "../../lib/networks/weights.ts";
import { sgdStep } from "../../lib/training/sgd.ts";
import { loadPeak } from "./peak.ts";
import { loadTapedStep } from "./taped_step.ts";

/** Multiply-adds of one sample's forward pass: a weight is used once, a filter's once for every pixel of its output. */
const multiplyAdds: Readonly<Record<string, number>> = {
  mlp: 784 * 500 + 500 * 150 + 150 * 10,
  lenet: 20 * 25 * 24 * 24 + 50 * 20 * 25 * 8 * 8 + 800 * 500 + 500 * 10,
};

const batch = 100;
const batches = 5;
const rounds = 4;

/** What a row is measured on. */
interface Bench {
  readonly engine: Engine;
  readonly network: Network;
  readonly weights: Weights;
  readonly dataset: Dataset;
  readonly peak: () => Promise<number>;
}

type Row = Record<string, number | string>;

/** Runs every batch of the fixed order through a step, without moving the weights. */
async function timeSteps(run: Loaded<ShardOfStep, ShardGradient>, bench: Bench) {
  const { engine, dataset } = bench;
  const weights = arraysOf(bench.weights);
  const velocity = zerosLike(weights);
  const images = shared(dataset.train.images);
  const times: number[] = [];
  const steps: { active: [number, number]; iterations: number }[] = [];
  for (let at = 0; at < batches; at++) {
    const args = sharesOf(at, engine.workers).map((indices) => ({
      weights,
      images,
      labels: dataset.train.labels,
      indices,
      batch,
    }));
    const started = performance.now();
    const parts = await run(args);
    sgdStep(weights, velocity, parts.map(({ gradients }) => gradients), {
      learningRate: 0,
      momentum: 0.9,
      weightDecay: 5e-4,
    });
    times.push(performance.now() - started);
    const active = [0, 1].map((i) => parts.reduce((sum, part) => sum + part.active[i]!, 0)) as [
      number,
      number,
    ];
    steps.push({ active, iterations: active[0] + active[1] });
  }
  return { times, steps };
}

function sharesOf(at: number, workers: number): Uint32Array[] {
  return shards(batch, workers).map(({ from, to }) =>
    Uint32Array.from({ length: to - from }, (_, i) => at * batch + from + i)
  );
}

async function stepRow(defense: Defense, bench: Bench): Promise<Row> {
  const started = performance.now();
  const run = await defense.load(bench.engine, bench.network);
  const compileMs = performance.now() - started;
  await timeSteps(run, bench);
  const times: number[] = [];
  const peaks: number[] = [];
  let steps: Awaited<ReturnType<typeof timeSteps>>["steps"] = [];
  for (let round = 0; round < rounds; round++) {
    peaks.push(await bench.peak());
    const timed = await timeSteps(run, bench);
    times.push(...timed.times);
    steps = timed.steps;
  }
  peaks.push(await bench.peak());
  const forward = 2e-9 * multiplyAdds[bench.network.name]!;
  const units = steps.reduce((sum, { active: [right, wrong] }) => sum + ourUnits(right, wrong), 0) /
    batches;
  const [ms, peak] = [median(times)!, median(peaks)!];
  const usefulGflop = forward * units;
  return {
    ms,
    useful_gflop: usefulGflop,
    peak_gflops: peak,
    efficiency: usefulGflop / (ms / 1000) / peak,
    mean_iterations: steps.reduce((sum, { iterations }) => sum + iterations, 0) / (batch * batches),
    workers: bench.engine.workers,
    compile_ms: compileMs,
  };
}

/** Forward passes' worth of multiply-adds that a step needs: clean pass, attack, and back through its chosen classes. */
function ourUnits(right: number, wrong: number): number {
  return 3 * batch + 12 * right + 3 * wrong + 6 * (right + wrong);
}

/** The same with everything on the tape, to the batch's last iteration: 12 forward, and twice its 11 taped ones back. */
function tapedUnits(iterations: number): number {
  return 3 * batch + batch * iterations * (12 + 2 * 11);
}

/** How much longer a step takes with everything taped, next to how much more it computes. */
async function tapedRatio(bench: Bench): Promise<Row> {
  const { engine, network, dataset } = bench;
  const ours = await deepDefense().load(engine, network);
  const plain = await clean().load(engine, network);
  const weights = arraysOf(bench.weights);
  const data = {
    weights,
    images: shared(dataset.train.images),
    labels: dataset.train.labels,
    batch,
  };
  const args = sharesOf(0, engine.workers).map((indices) => ({ ...data, indices }));
  const parts = await ours(args);
  const iterations = await lastIteration(bench);
  const taped = await loadTapedStep(engine, network, iterations);
  const timeOf = async (run: () => Promise<unknown>) => {
    const started = performance.now();
    await run();
    return performance.now() - started;
  };
  const oursMs: number[] = [];
  const tapedMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    oursMs.push(await timeOf(() => ours(args)));
    tapedMs.push(await timeOf(async () => (await plain(args), await taped(args))));
  }
  const [right, wrong] = [0, 1].map((i) =>
    parts.reduce((sum, part) => sum + part.active[i]!, 0)
  ) as [number, number];
  return {
    taped_ratio: median(tapedMs)! / median(oursMs)!,
    operations_ratio: tapedUnits(iterations) / ourUnits(right, wrong),
  };
}

/** The most iterations that a sample of the first batch takes: it decides how long a taped batch runs. */
async function lastIteration({ engine, network, weights, dataset }: Bench): Promise<number> {
  const length = dataset.train.images.length / dataset.train.count;
  const images = dataset.train.images.slice(0, batch * length);
  const away = await deepfool(engine, network, weights, images, { iterations: 5 });
  const towards = await deepfool(engine, network, weights, images, {
    iterations: 5,
    towards: dataset.train.labels.slice(0, batch),
  });
  return Math.max(...away.iterations, ...towards.iterations);
}

async function deepfoolRow({ engine, network, weights, dataset, peak }: Bench): Promise<Row> {
  const attack = () => deepfool(engine, network, weights, dataset.test.images);
  const started = performance.now();
  await deepfool(
    engine,
    network,
    weights,
    dataset.test.images.slice(0, dataset.test.images.length / dataset.test.count),
  );
  const compileMs = performance.now() - started;
  const times: number[] = [];
  let iterations = 0;
  for (let round = 0; round < 3; round++) {
    const begun = performance.now();
    const result = await attack();
    times.push(performance.now() - begun);
    iterations = result.iterations.reduce((sum, count) => sum + count, 0);
  }
  const [ms, peakGflops] = [median(times)!, await peak()];
  const usefulGflop = 2e-9 * multiplyAdds[network.name]! * (dataset.test.count + 12 * iterations);
  return {
    ms,
    useful_gflop: usefulGflop,
    peak_gflops: peakGflops,
    efficiency: usefulGflop / (ms / 1000) / peakGflops,
    mean_iterations: iterations / dataset.test.count,
    workers: engine.workers,
    compile_ms: compileMs,
  };
}

const rows: Readonly<Record<string, (bench: Bench) => Promise<Row>>> = {
  deep_defense_step: async (bench) => ({
    ...await stepRow(deepDefense(), bench),
    ...await tapedRatio(bench),
  }),
  clean_step: (bench) => stepRow(clean(), bench),
  deepfool_10000: deepfoolRow,
};

if (import.meta.main) {
  const name = Deno.args[0] ?? "";
  const [, networkName = "", kind = "", workers] = /^(\w+)\/(\w+?)(?:@(\d+))?$/.exec(name) ?? [];
  const dataset = firstImages(await loadDataset("mnist"), { train: batch * batches });
  const network = networkFor(networkName, dataset);
  const { weights } = await readSafetensors(
    new URL(`./${networkName}.safetensors`, import.meta.url).pathname,
  );
  await using engine = await createEngine(workers ? { workers: Number(workers) } : {});
  const row = await rows[kind]!({
    engine,
    network,
    weights,
    dataset,
    peak: await loadPeak(engine),
  });
  console.log(JSON.stringify({ name, ...row, rss_mb: process.resourceUsage().maxRSS / 1024 }));
}
