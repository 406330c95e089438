/**
 * Measures one row of the benchmark and prints it as JSON: `deno run ... row.ts lenet/deep_defense_step@1`.
 *
 * @module
 */

import process from "node:process";
import { mean, median } from "d3-array";
import { deepfool } from "../../lib/attacks/deepfool.ts";
import { accuraciesUnderSign } from "../../lib/attacks/fast_gradient_sign.ts";
import { arraysOf } from "../../lib/attacks/predict.ts";
import { firstImages } from "../../lib/data/dataset.ts";
import { loadDataset } from "../../lib/data/load.ts";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense.ts";
import type { Defense } from "../../lib/defenses/defense.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { shared } from "../../lib/engine/shared_memory.ts";
import { networkFor } from "../../lib/networks/by_name.ts";
import { readSafetensors } from "../../lib/networks/weights.ts";
import { loadPeak } from "./peak.ts";
import { activeOf, type Bench, sharesOf, type TimedStep, timeSteps } from "./steps.ts";
import { loadTapedStep } from "./taped_step.ts";

/** Multiply-adds of one sample's forward pass: a weight is used once, a filter's once for every pixel of its output. */
const multiplyAdds: Readonly<Record<string, number>> = {
  mlp: 784 * 500 + 500 * 150 + 150 * 10,
  lenet: 20 * 25 * 24 * 24 + 50 * 20 * 25 * 8 * 8 + 800 * 500 + 500 * 10,
};

const batch = 100;
const batches = 5;
const rounds = 4;

/** Until the just-in-time compiler has seen enough of the host's code: a training run is thousands of steps long. */
const warmUpMs = 2000;

/** At least so long, and so many rounds: a slow moment of the machine does not decide. */
const measureMs = 4000;

/** What a row is measured with. */
interface RowBench extends Bench {
  readonly peak: () => Promise<number>;
}

type Row = Record<string, number | string>;

async function stepRow(defense: Defense, bench: RowBench): Promise<Row> {
  const started = performance.now();
  const run = await defense.load(bench.engine, bench.network);
  const compileMs = performance.now() - started;
  const warm = performance.now() + warmUpMs;
  while (performance.now() < warm) await timeSteps(run, bench, batch, batches);
  const peaks = [await bench.peak()];
  const steps: TimedStep[] = [];
  const end = performance.now() + measureMs;
  for (let round = 0; round < rounds || performance.now() < end; round++) {
    steps.push(...await timeSteps(run, bench, batch, batches));
    if (round % 4 === 0) peaks.push(await bench.peak());
  }
  const forward = 2e-9 * multiplyAdds[bench.network.name]!;
  const units = mean(steps, ({ active: [right, wrong] }: TimedStep) => ourUnits(right, wrong))!;
  const [ms, peak] = [median(steps, (step: TimedStep) => step.ms)!, median(peaks)!];
  const usefulGflop = forward * units;
  return {
    ms,
    useful_gflop: usefulGflop,
    peak_gflops: peak,
    efficiency: usefulGflop / (ms / 1000) / peak,
    mean_iterations: mean(steps, ({ active: [right, wrong] }: TimedStep) => right + wrong)! / batch,
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
async function tapedRatio(bench: RowBench): Promise<Row> {
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
  const args = sharesOf(0, batch, engine.workers).map((indices) => ({ ...data, indices }));
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
  await plain(args); // What is measured has run before.
  await taped(args);
  for (let round = 0; round < rounds; round++) {
    oursMs.push(await timeOf(() => ours(args)));
    tapedMs.push(await timeOf(async () => (await plain(args), await taped(args))));
  }
  const [right, wrong] = activeOf(parts);
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
  const labels = dataset.train.labels.slice(0, batch);
  const towards = await deepfool(engine, network, weights, images, {
    iterations: 5,
    towards: labels,
  });
  const taken = Array.from(
    labels,
    (label, i) => label === away.predicted[i] ? away.iterations[i]! : towards.iterations[i]!,
  );
  return Math.max(...taken);
}

async function deepfoolRow({ engine, network, weights, dataset, peak }: RowBench): Promise<Row> {
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

/** The sign of the loss's gradient costs two forward passes' worth, and each epsilon one more. */
async function signRow({ engine, network, weights, dataset, peak }: RowBench): Promise<Row> {
  const { images, labels, count } = dataset.test;
  const epsilons = [10, 20, 30];
  const attack = (rows: number) => {
    const some = images.subarray(0, rows * images.length / count);
    return accuraciesUnderSign(engine, network, weights, some, labels.subarray(0, rows), epsilons);
  };
  const started = performance.now();
  await attack(1);
  const compileMs = performance.now() - started;
  const times: number[] = [];
  for (let round = 0; round < 2 * rounds; round++) {
    const begun = performance.now();
    await attack(count);
    times.push(performance.now() - begun);
  }
  const [ms, peakGflops] = [median(times)!, await peak()];
  const usefulGflop = 2e-9 * multiplyAdds[network.name]! * count * (2 + epsilons.length);
  return {
    ms,
    useful_gflop: usefulGflop,
    peak_gflops: peakGflops,
    efficiency: usefulGflop / (ms / 1000) / peakGflops,
    workers: engine.workers,
    compile_ms: compileMs,
  };
}

const rows: Readonly<Record<string, (bench: RowBench) => Promise<Row>>> = {
  deep_defense_step: async (bench) => ({
    ...await stepRow(deepDefense(), bench),
    ...await tapedRatio(bench),
  }),
  clean_step: (bench) => stepRow(clean(), bench),
  deepfool_10000: deepfoolRow,
  fast_gradient_sign_10000: signRow,
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
