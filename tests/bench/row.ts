/**
 * Measures one row of the benchmark and prints it as JSON: `deno run ... row.ts lenet/deep_defense_step@1`.
 *
 * @module
 */

import process from "node:process";
import { mean, median } from "d3-array";
import { fastMinimumNorm } from "../../lib/attacks/ascent/fast_minimum_norm.ts";
import { autoAttack } from "../../lib/attacks/auto_attack.ts";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { accuraciesUnderSign } from "../../lib/attacks/fast_gradient_sign/fast_gradient_sign.ts";
import { arraysOf } from "../../lib/compute/run_in_blocks.ts";
import { firstImages } from "../../lib/data/first_images.ts";
import { loadDataset } from "../../lib/data/load.ts";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import type { Defense } from "../../lib/defenses/defense.ts";
import { createEngine, type Engine } from "../../lib/engine/engine.ts";
import { shards, shared } from "../../lib/engine/shared_memory.ts";
import type { Ranks } from "../../lib/engine/threads.ts";
import { withRanks } from "../../lib/mpi/with_ranks.ts";
import { inPixels } from "../../lib/networks/in_pixels.ts";
import { mlpOfFunctions } from "./mlp_of_functions.ts";
import { multiplyAdds } from "./multiply_adds.ts";
import { loadPeak } from "./peak.ts";
import { type Problem, problems } from "./problems.ts";
import { peakFields, steadily } from "./steady.ts";
import { activeOf, type Bench, type TimedStep, timedSteps } from "./steps.ts";
import { loadTapedStep } from "./taped_step.ts";

/** Samples in a step, where there are so many. */
const most = 100;

const rounds = 4;

/** Until the just-in-time compiler has seen enough of the host's code: a training run is thousands of steps long. */
const warmUpMs = 2000;

/** At least so long, and so many rounds: a slow moment of the machine does not decide. */
const measureMs = 4000;

/** What a row is measured with. */
interface RowBench extends Problem {
  readonly engine: Engine;
}

type Row = Record<string, number | string>;

/** A training step, or an image's share of it: what one of `parts` takes. */
async function stepRow(defense: Defense, bench: RowBench, parts = 1): Promise<Row> {
  const batch = Math.min(most, bench.train.count);
  const started = performance.now();
  const run = await defense.load(bench.engine, bench.network);
  const compileMs = performance.now() - started;
  const batches = bench.train.count / batch;
  const warm = performance.now() + warmUpMs;
  const timeSteps = timedSteps(run, bench);
  while (performance.now() < warm) await timeSteps(batch, batches);
  const steps: TimedStep[] = [];
  const end = performance.now() + measureMs;
  for (let round = 0; round < rounds || performance.now() < end; round++) {
    steps.push(...await timeSteps(batch, batches));
  }
  const forward = 2e-9 * multiplyAdds(bench.network);
  const units = mean(
    steps,
    ({ active: [right, wrong] }: TimedStep) => ourUnits(batch, right, wrong),
  )!;
  return {
    ms: median(steps, (step: TimedStep) => step.ms)! / parts,
    useful_gflop: forward * units / parts,
    mean_iterations: mean(steps, ({ active: [right, wrong] }: TimedStep) => right + wrong)! / batch,
    workers: bench.engine.workers,
    compile_ms: compileMs,
  };
}

/** Forward passes' worth of multiply-adds that a step needs: clean pass, attack, and back through its chosen classes. */
function ourUnits(batch: number, right: number, wrong: number): number {
  return 3 * batch + 12 * right + 3 * wrong + 6 * (right + wrong);
}

/** The same with everything on the tape, to the batch's last iteration: 12 forward, and twice its 11 taped ones back. */
function tapedUnits(batch: number, iterations: number): number {
  return 3 * batch + batch * iterations * (12 + 2 * 11);
}

/** How much longer a step takes with everything taped, next to how much more it computes. */
async function tapedRatio(bench: RowBench): Promise<Row> {
  const { engine, network, train } = bench;
  const batch = most;
  const ours = await deepDefense().load(engine, network);
  const plain = await clean().load(engine, network);
  const weights = arraysOf(bench.weights);
  const data = {
    weights,
    images: shared(train.images),
    labels: train.labels,
    batch,
  };
  const args = shards(batch, engine.workers).map((shard) => ({ ...data, ...shard }));
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
    operations_ratio: tapedUnits(batch, iterations) / ourUnits(batch, right, wrong),
  };
}

/** How much longer a step takes where every layer is a function, differentiated automatically, than with the layers' own derivatives. */
async function functionRow(bench: RowBench): Promise<Row> {
  const { inputShape, classes } = bench.network;
  const own = await stepRow(deepDefense(), bench);
  const network = mlpOfFunctions(inputShape, classes);
  const functions = await stepRow(deepDefense(), { ...bench, network });
  const [ms, ownMs] = [Number(functions.ms), Number(own.ms)];
  return { ms, own_ms: ownMs, function_ratio: ms / ownMs, workers: bench.engine.workers };
}

/** The most iterations that a sample of the first batch takes: it decides how long a taped batch runs. */
async function lastIteration({ engine, network, weights, train }: Bench): Promise<number> {
  const images = train.images.slice(0, most * train.images.length / train.count);
  const away = await deepfool(engine, { network, weights }, images, { iterations: 5 });
  const labels = train.labels.slice(0, most);
  const towards = await deepfool(engine, { network, weights }, images, {
    iterations: 5,
    targets: labels,
  });
  const taken = Array.from(
    labels,
    (label, i) => label === away.predicted[i] ? away.iterations[i]! : towards.iterations[i]!,
  );
  return Math.max(...taken);
}

/**
 * DeepFool among the ten strongest classes: what one of `parts` equal parts of the test images takes. In forward passes' worth it
 * needs one at x and, an iteration, one more, ten back (a class each, as in a step; we get by with nine, of their differences), and
 * one to see whether it is the last.
 */
async function deepfoolRow(
  { engine, network, weights, test }: RowBench,
  parts: number,
): Promise<Row> {
  const attack = (images: Float32Array) =>
    deepfool(engine, { network, weights }, images, { candidates: 10 });
  const started = performance.now();
  await attack(new Float32Array(0)); // It is made ready, and no more.
  const compileMs = performance.now() - started;
  const times: number[] = [];
  let iterations = 0;
  for (let round = 0; round < 3; round++) {
    const begun = performance.now();
    const result = await attack(test.images);
    times.push(performance.now() - begun);
    iterations = result.iterations.reduce((sum, count) => sum + count, 0);
  }
  return {
    ms: median(times)! / parts,
    useful_gflop: 2e-9 * multiplyAdds(network) * (test.count + 12 * iterations) / parts,
    mean_iterations: iterations / test.count,
    workers: engine.workers,
    compile_ms: compileMs,
  };
}

/** The sign of the loss's gradient costs two forward passes' worth, and each epsilon one more. */
async function signRow({ engine, network, weights, test }: RowBench): Promise<Row> {
  const { images, labels, count } = test;
  const epsilons = [10, 20, 30];
  const attack = (rows: number) => {
    const some = images.subarray(0, rows * images.length / count);
    return accuraciesUnderSign(
      engine,
      { network, weights },
      some,
      labels.subarray(0, rows),
      epsilons,
    );
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
  return {
    ms: median(times)!,
    useful_gflop: 2e-9 * multiplyAdds(network) * count * (2 + epsilons.length),
    workers: engine.workers,
    compile_ms: compileMs,
  };
}

/** The fast minimum-norm attack in l2 on the first 1,000 test images: each of its 100 steps costs two forward passes' worth. */
async function fmnRow({ engine, network, weights, test }: RowBench): Promise<Row> {
  const count = 1000;
  const images = test.images.subarray(0, count * test.images.length / test.count);
  const attack = (some: Float32Array) => fastMinimumNorm(engine, { network, weights }, some);
  const started = performance.now();
  await attack(new Float32Array(0));
  const compileMs = performance.now() - started;
  const times: number[] = [];
  for (let round = 0; round < 3; round++) {
    const begun = performance.now();
    await attack(images);
    times.push(performance.now() - begun);
  }
  return {
    ms: median(times)!,
    useful_gflop: 2e-9 * multiplyAdds(network) * count * 100 * 2,
    workers: engine.workers,
    compile_ms: compileMs,
  };
}

/** AutoAttack in l-infinity at 0.1 of the full range on MNIST's first 1,000 test images, in pixels, once: it takes minutes. */
async function autoAttackRow({ engine, network, weights }: RowBench): Promise<Row> {
  const pixels = firstImages(await loadDataset("mnist", { pixels: true }), { test: 1000 });
  const model = inPixels({ network, weights }, await pixels.scale!());
  const { images, labels } = pixels.test;
  const begun = performance.now();
  const { fooled } = await autoAttack(engine, model, images, {
    labels,
    epsilon: 0.1 * 255,
    within: { low: 0, high: 255 },
  });
  const ms = performance.now() - begun;
  return {
    ms,
    accuracy: 1 - mean(fooled)!,
    workers: engine.workers,
  };
}

const rows: Readonly<Record<string, (bench: RowBench) => Promise<Row>>> = {
  deep_defense_step: async (bench) => ({
    ...await stepRow(deepDefense(), bench),
    // NIN on the tape would take minutes and many gigabytes, and the taped step draws no masks for its dropout.
    ...bench.network.name === "nin" ? {} : await tapedRatio(bench),
  }),
  deep_defense_image: (bench) => stepRow(deepDefense(), bench, bench.train.count),
  function_step: functionRow,
  clean_step: (bench) => stepRow(clean(), bench),
  deepfool_10000: (bench) => deepfoolRow(bench, 1),
  deepfool_image: (bench) => deepfoolRow(bench, bench.test.count),
  fast_gradient_sign_10000: signRow,
  fmn_1000: fmnRow,
  autoattack_1000: autoAttackRow,
};

/** Steps on several ranks of one worker, and on as many workers of one process, in turns. */
async function ranksRow(name: string, ranks: Ranks): Promise<Row> {
  await using together = await createEngine({ workers: 1, ranks });
  await using alone = await createEngine({ workers: ranks.size });
  const problem = await problems[name]!();
  const timed = await Promise.all([together, alone].map(async (engine) => {
    const run = await deepDefense().load(engine, problem.network);
    const timeSteps = timedSteps(run, { ...problem, engine });
    return () => timeSteps(most, problem.train.count / most);
  }));
  const warm = performance.now() + 2 * warmUpMs;
  while (performance.now() < warm) for (const steps of timed) await steps();
  return await between(await loadPeak(alone), async () => {
    const times: [number[], number[]] = [[], []];
    const end = performance.now() + 2 * measureMs;
    for (let round = 0; round < rounds || performance.now() < end; round++) {
      for (const [i, steps] of timed.entries()) {
        times[i]!.push(...(await steps()).map(({ ms }) => ms));
      }
    }
    const [ms, workersMs] = times.map((all) => median(all)!) as [number, number];
    return { ms, workers_ms: workersMs, speed_of_workers: workersMs / ms, ranks: ranks.size };
  });
}

if (import.meta.main) {
  const name = Deno.args[0] ?? "";
  const [, networkName = "", kind = "", workers] = /^(\w+)\/(\w+?)(?:@(\w+))?$/.exec(name) ?? [];
  await withRanks(async (ranks) => {
    const measured = ranks
      ? await ranksRow(networkName, ranks)
      : await aloneRow(networkName, kind, workers);
    const rssMb = process.resourceUsage().maxRSS / 1024;
    console.log(JSON.stringify({ name, ...measured, rss_mb: rssMb }));
  });
}

async function aloneRow(networkName: string, kind: string, workers?: string): Promise<Row> {
  await using engine = await createEngine(workers ? { workers: Number(workers) } : {});
  const problem = await problems[networkName]!();
  return await between(await loadPeak(engine), () => rows[kind]!({ ...problem, engine }));
}

/** A row between two peaks; of one that is measured again, the time of its compilation is the first one. */
async function between(peak: () => Promise<number>, measure: () => Promise<Row>): Promise<Row> {
  const compilations: Row[] = [];
  const { measured, ...peaks } = await steadily(peak, async () => {
    const { compile_ms, ...row } = await measure();
    if (compile_ms !== undefined) compilations.push({ compile_ms });
    return row;
  });
  const { ms, useful_gflop } = measured;
  const usefulGflop = useful_gflop === undefined ? undefined : Number(useful_gflop);
  return { ...measured, ...peakFields(peaks, { ms: Number(ms), usefulGflop }), ...compilations[0] };
}
