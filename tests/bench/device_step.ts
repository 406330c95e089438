/**
 * Measures training steps on a device, compares them with the processor's, and prints one JSON line:
 * `deno run ... device_step.ts mlp/deep_defense_step webgpu [BATCH]`. `gpu.sh` runs it.
 *
 * @module
 */

import { median } from "d3-array";
import { arraysOf } from "../../lib/compute/run_in_blocks.ts";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import { createEngine, type Engine } from "../../lib/engine/engine.ts";
import type { Device } from "../../lib/engine/session.ts";
import { shards, shared } from "../../lib/engine/shared_memory.ts";
import { relativeError } from "../defenses/step.ts";
import { problems } from "./problems.ts";
import { activeOf, timedSteps } from "./steps.ts";

const [name = "", device = "cpu", batchOption = "100"] = Deno.args;
const [networkName = "", kind = ""] = name.split("/");
const defense = { deep_defense_step: deepDefense(), clean_step: clean() }[kind];
if (!defense || !problems[networkName]) {
  const kinds = "deep_defense_step or clean_step";
  const networks = Object.keys(problems).join(", ");
  console.error(`error: measuring: expected ${kinds} of ${networks}, got ${name}`);
  Deno.exit(2);
}
const [warmUpMs, measureMs] = [2000, 4000];

await using processor = await createEngine(device === "cpu" ? {} : { workers: 1 });
const problem = await problems[networkName]!();
const batch = Math.min(Number(batchOption), problem.train.count);

/** The gradient of the first batch, and the attack's iterations. */
async function firstStep(engine: Engine) {
  const run = await defense!.load(engine, problem.network);
  const { images, labels } = problem.train;
  const rows = { weights: arraysOf(problem.weights), images: shared(images), labels, batch };
  const parts = await run(shards(batch, engine.workers).map((shard) => ({ ...rows, ...shard })));
  const gradients = Object.fromEntries(
    Object.keys(parts[0]!.gradients).map((name) => {
      const sums = parts.map((part) => part.gradients[name]!);
      return [name, sums[0]!.map((_, i) => sums.reduce((sum, part) => sum + part[i]!, 0))] as const;
    }),
  );
  const [right, wrong] = activeOf(parts);
  return { gradients, iterations: right + wrong };
}

async function measured(engine: Engine) {
  const begun = performance.now();
  const { gradients, iterations } = await firstStep(engine);
  const firstMs = performance.now() - begun;
  const run = await defense!.load(engine, problem.network); // It is loaded already.
  const steps = timedSteps(run, { ...problem, engine });
  const oneStep = () => steps(batch, 1);
  const warm = performance.now() + warmUpMs;
  while (performance.now() < warm) await oneStep();
  const times: number[] = [];
  const end = performance.now() + measureMs;
  do times.push(...(await oneStep()).map(({ ms }) => ms)); while (performance.now() < end);
  return { gradients, iterations, first_ms: firstMs, ms: median(times)!, steps: times.length };
}

await using engine = await createEngine(
  device === "cpu" ? {} : { device: device as Device, workers: 1 },
);
const { gradients, ...row } = await measured(engine);
const expected = await firstStep(processor);
console.log(JSON.stringify({
  name,
  device,
  workers: engine.workers,
  batch,
  ...row,
  iterations_on_cpu: expected.iterations,
  error: relativeError(gradients, expected.gradients),
}));
