import { createEngine, type ShapedFunction } from "../../lib/engine/engine.ts";
import type { Part, Scaling } from "./routine.ts";

function scale(): ShapedFunction {
  return { inputs: { x: [2], factor: [1] }, fn: ({ x, factor }) => ({ y: x!.mul(factor!) }) };
}

/** Computes on this thread and in a worker of an engine, each in a session of onnxruntime's. */
await using engine = await createEngine({ workers: 2 });
const run = await engine.load<Scaling, Part, Float32Array>(engine, {
  functions: { scale: { 2: { make: scale, settings: {} } } },
  module: import.meta.resolve("./routine.ts"),
  export: "scaleRows",
  settings: { factor: 3 },
});
const [own, workers] = await run([{ x: Float32Array.of(1, 1) }, { x: Float32Array.of(2, 2) }]);
if (own![0] !== 3 || workers![0] !== 6) throw new Error(`expected 3 and 6, got ${own}, ${workers}`);
