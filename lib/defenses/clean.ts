import { gradientChunks, inputLength } from "../attacks/chunk_size.ts";
import { forSizes } from "../attacks/chunks.ts";
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
        classes: network.classes,
        length: inputLength(network),
      };
      return engine.load<Extents, ShardOfStep, ShardGradient>(network, "clean", () => ({
        functions: forSizes(
          "lossGradient",
          gradientChunks,
          (chunk) => lossGradient(network, chunk),
        ),
        module: new URL("./clean_routine.ts", import.meta.url).href,
        export: "cleanShard",
        settings,
      }));
    },
  };
}
