import { forSizes } from "../../lib/compute/chunk_function.ts";
import { inputLength } from "../../lib/compute/chunk_size.ts";
import type { ShardOfStep } from "../../lib/defenses/defense.ts";
import type { Engine, RunShards } from "../../lib/engine/engine.ts";
import type { Network } from "../../lib/networks/network.ts";
import { tapedRegularizer } from "../taped_regularizer.ts";
import type { TapedSettings } from "./taped_step_routine.ts";

/** Loads the regulariser's gradient with everything on the tape: what a step would cost without the exact short cuts. */
export function loadTapedStep(
  engine: Engine,
  network: Network,
  iterations: number,
): Promise<RunShards<ShardOfStep, number>> {
  return engine.load<TapedSettings, ShardOfStep, number>(network, {
    functions: { regularizer: forSizes(tapedRegularizer, [10], { iterations }) },
    module: new URL("./taped_step_routine.ts", import.meta.url).href,
    export: "tapedShard",
    settings: { length: inputLength(network), lambda: 15 },
  });
}
