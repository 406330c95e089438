import type { ShardOfStep } from "../../lib/defenses/defense.ts";
import type { Engine, Loaded } from "../../lib/engine/engine.ts";
import type { Network } from "../../lib/networks/network.ts";
import { tapedRegularizer } from "../taped_regularizer.ts";
import type { TapedSettings } from "./taped_step_routine.ts";

/** Loads the regulariser's gradient with everything on the tape: what a step would cost without the exact short cuts. */
export function loadTapedStep(
  engine: Engine,
  network: Network,
  iterations: number,
): Promise<Loaded<ShardOfStep, number>> {
  const chunk = 10;
  const length = network.inputShape.reduce((product, extent) => product * extent, 1);
  return engine.load<TapedSettings, ShardOfStep, number>(network, `taped ${iterations}`, () => ({
    functions: { regularizer: tapedRegularizer(network, { chunk, iterations }) },
    module: new URL("./taped_step_routine.ts", import.meta.url).href,
    export: "tapedShard",
    settings: { chunk, classes: network.classes, length, lambda: 15 },
  }));
}
