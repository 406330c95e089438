// Trains every network from the checkpoints in a folder, if there are any, up to a step, and leaves the next checkpoints and an attack's
// norms there: run_steps.ts FOLDER STEP WORKERS.
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import { createEngine, type Engine } from "../../lib/engine/engine.ts";
import { readIfThere, writeWhole } from "../../lib/files/files.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../lib/jobs/checkpoint_file.ts";
import { withRanks } from "../../lib/mpi/with_ranks.ts";
import type { Network } from "../../lib/networks/network.ts";
import type { Checkpoint } from "../../lib/training/checkpoint.ts";
import { train } from "../../lib/training/train.ts";
import { imagesFor, networks } from "./networks.ts";

const [folder = "", last = "", workers = ""] = Deno.args;
const batch = 11; // Shards of unequal sizes.

async function trained(engine: Engine, network: Network, path: string): Promise<Checkpoint> {
  const saved = await readIfThere(path);
  const stop = new AbortController();
  let reached: Checkpoint | undefined;
  await train(engine, network, imagesFor(network, 10 * batch), {
    defense: deepDefense({ lambda: 0.5, c: 1, d: 0.1 }),
    start: saved ? decodeCheckpoint(saved, path).checkpoint : network.init(5),
    epochs: 1,
    batch,
    learningRates: [1e-3],
    signal: stop.signal,
    onStep({ step }, checkpoint) {
      if (step + 1 < Number(last)) return;
      reached = checkpoint();
      stop.abort();
    },
  }).catch((error) => {
    if (!reached) throw error;
  });
  return reached!;
}

await withRanks(async (ranks) => {
  await using engine = await createEngine({ workers: Number(workers), ranks });
  for (const network of networks) {
    const path = `${folder}/${network.name}.checkpoint`;
    const checkpoint = await trained(engine, network, path);
    const notes = { run_id: "", rows: 0, rows_sha256: "", duration_seconds: 0 };
    await writeWhole(path, encodeCheckpoint(checkpoint, notes));
    const { images } = imagesFor(network, 7);
    const { norms } = await deepfool(engine, { network, weights: checkpoint.weights }, images);
    await writeWhole(`${folder}/${network.name}.json`, JSON.stringify([...norms]));
  }
});
