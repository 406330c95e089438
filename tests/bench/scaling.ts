/**
 * How the cost of a Deep Defense step grows with the batch and the workers: prints a row a measurement and writes them to
 * `outputs/bench/scaling.arrow` with the machine beside it. `deno task bench:scaling`
 *
 * @module
 */

import { median } from "d3-array";
import { fileURLToPath } from "node:url";
import { firstImages } from "../../lib/data/first_images.ts";
import { loadDataset } from "../../lib/data/load.ts";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { encodeTable, type Row } from "../../lib/files/arrow.ts";
import { makeFolder, writeWhole } from "../../lib/files/files.ts";
import { thisMachine } from "../../lib/jobs/machine.ts";
import { scalingColumns } from "../../lib/results/scaling.ts";
import { loadPeak } from "./peak.ts";
import { trained } from "./problems.ts";
import { timedSteps } from "./steps.ts";

const batches = [25, 50, 100, 200, 400, 800];
const repetitions = 5;
const rounds = 3;

const folder = fileURLToPath(new URL("../../outputs/bench/", import.meta.url));
const dataset = firstImages(await loadDataset("mnist"), {
  train: batches.at(-1)! * repetitions,
  test: 1,
});
const rows: Row[] = [];
for (const name of ["mlp", "lenet"]) {
  const { network, weights } = await trained(name, dataset);
  for (const workers of [1, 2]) {
    await using engine = await createEngine({ workers });
    const bench = { engine, network, weights, train: dataset.train };
    const peak = await loadPeak(engine);
    for (const [step, defense] of [["clean", clean()], ["deep_defense", deepDefense()]] as const) {
      const timeSteps = timedSteps(await defense.load(engine, network), bench);
      const warm = performance.now() + 2000;
      while (performance.now() < warm) await timeSteps(100, repetitions);
      // Round after round over all batches: a slow moment of the machine does not fall on one of them.
      const times = new Map<number, number[]>(batches.map((batch) => [batch, []]));
      for (let round = 0; round < rounds; round++) {
        for (const [batch, taken] of times) {
          const steps = await timeSteps(batch, repetitions);
          taken.push(...steps.map(({ ms }) => ms));
        }
      }
      const peak_gflops = await peak();
      for (const [batch, taken] of times) {
        const row = { network: name, step, workers, batch, ms: median(taken)!, peak_gflops };
        rows.push(row);
        console.log(JSON.stringify(row));
      }
    }
  }
}
await makeFolder(folder);
await writeWhole(`${folder}scaling.arrow`, encodeTable(scalingColumns, rows));
const machine = { ...thisMachine(), onnxruntime: "1.30.0", measured_at: new Date().toISOString() };
await writeWhole(`${folder}scaling.json`, `${JSON.stringify(machine, null, 2)}\n`);
