import { lossSign } from "../../attacks/fast_gradient_sign/fast_gradient_sign_functions.ts";
import { forSizes } from "../../compute/chunk_function.ts";
import { chunkSizes, inputLength } from "../../compute/chunk_size.ts";
import type { Engine, FunctionPlan, Program, RunShards } from "../../engine/engine.ts";
import type { BySize } from "../../engine/executable.ts";
import { size } from "../../engine/nd_array.ts";
import { type Network, summedNames } from "../../networks/network.ts";
import type { ShardGradient, ShardOfStep } from "../defense.ts";
import { lossGradient } from "./loss_functions.ts";
import type { SignMixture } from "./loss_pass.ts";
import type { LossSettings } from "./loss_routine.ts";

/** The functions that a loss pass needs. */
export function lossFunctions(
  engine: Engine,
  network: Network,
  mixture: SignMixture | undefined,
): Record<string, BySize<FunctionPlan>> {
  const { measured } = network;
  const { gradient, group } = chunkSizes(network, engine);
  const sizes = measured.length > 0 ? [group] : gradient;
  return {
    lossGradient: forSizes(lossGradient, sizes, { masked: true }),
    ...(mixture ? { lossSign: forSizes(lossSign, gradient, { masked: true }) } : {}),
  };
}

/** The settings of a loss pass's routine. */
export function lossSettings(network: Network, mixture: SignMixture | undefined): LossSettings {
  return {
    mixture,
    summed: summedNames(network),
    masks: network.masks,
    classes: network.classes,
    length: inputLength(network),
  };
}

/** What a training step gives to the processes that share it, and gets from them. */
export function stepExchange(network: Network): Pick<Program<unknown>, "rows" | "sums"> {
  const lengths = summedNames(network).map((name) => [name, size(network.parameters[name]!)]);
  return {
    rows: { images: inputLength(network), labels: 1 },
    sums: { of: "gradients", lengths: Object.fromEntries(lengths) },
  };
}

/** Loads the training step without a regulariser into an engine's threads. */
export function loadLossTraining(
  engine: Engine,
  network: Network,
  mixture?: SignMixture,
): Promise<RunShards<ShardOfStep, ShardGradient>> {
  return engine.load<LossSettings, ShardOfStep, ShardGradient>(network, {
    functions: lossFunctions(engine, network, mixture),
    module: new URL("./loss_routine.ts", import.meta.url).href,
    export: "lossShard",
    settings: lossSettings(network, mixture),
    ...stepExchange(network),
  });
}
