import * as tf from "@tensorflow/tfjs";
import type { Engine, RunShards, ShapedFunction } from "../../lib/engine/engine.ts";
import { side } from "./peak_routine.ts";

/** Loads what measures the workers' peak: how fast all of them multiply matrices at the same moment. */
export async function loadPeak(engine: Engine): Promise<() => Promise<number>> {
  const run: RunShards<number, number> = await engine.load(loadPeak, {
    functions: {
      product: { [side]: { make: product, settings: {} } },
    },
    module: new URL("./peak_routine.ts", import.meta.url).href,
    export: "peakShard",
    settings: null,
  });
  return async () => {
    const rates = await run(Array.from({ length: engine.workers }, () => 300));
    return rates.reduce((sum, rate) => sum + rate, 0);
  };
}

function product(): ShapedFunction {
  return {
    inputs: { a: [side, side], b: [side, side] },
    fn: ({ a, b }) => ({ sum: tf.sum(tf.matMul(a!, b!)) }),
  };
}
