import { cleanChunk, inputLength } from "../attacks/chunk_size.ts";
import type { Extents } from "../attacks/predict_routine.ts";
import type { Defense, ShardGradient, ShardOfStep } from "./defense.ts";
import { lossGradient } from "./gradient_functions.ts";

/** No defense: ordinary training on clean samples. */
export function clean(): Defense {
  return {
    name: "clean",
    settings: {},
    load: (engine, network) => {
      const settings: Extents = {
        chunk: cleanChunk,
        classes: network.classes,
        length: inputLength(network),
      };
      return engine.load<Extents, ShardOfStep, ShardGradient>(network, "clean", () => ({
        functions: { lossGradient: lossGradient(network, settings.chunk) },
        module: new URL("./clean_routine.ts", import.meta.url).href,
        export: "cleanShard",
        settings,
      }));
    },
  };
}
