import { chunkSizes, inputLength } from "../attacks/chunk_size.ts";
import { forSizes } from "../attacks/chunks.ts";
import { lossSign } from "../attacks/fast_gradient_sign_functions.ts";
import type { CompiledFunction, Engine, Loaded } from "../engine/engine.ts";
import { type Network, trainedNames } from "../networks/network.ts";
import type { ShardGradient, ShardOfStep } from "./defense.ts";
import { lossGradient } from "./gradient_functions.ts";
import type { SignMixture } from "./loss_pass.ts";
import type { LossSettings } from "./loss_routine.ts";

/** No attack in the loss. */
export const cleanLoss: SignMixture = { share: 0, epsilon: 0 };

/** The functions that a loss pass needs. */
export function lossFunctions(
  network: Network,
  { share }: SignMixture,
): Record<string, CompiledFunction> {
  const sizes = (name: string, make: typeof lossGradient) =>
    forSizes(name, chunkSizes(network).gradient, (chunk) => make(network, chunk));
  return {
    ...sizes("lossGradient", lossGradient),
    ...(share > 0 ? sizes("lossSign", (network, chunk) => lossSign(network, chunk, true)) : {}),
  };
}

/** Makes the steps of training without a regulariser ready in an engine's threads. */
export function loadLossTraining(
  engine: Engine,
  network: Network,
  mixture: SignMixture,
): Promise<Loaded<ShardOfStep, ShardGradient>> {
  const { share, epsilon } = mixture;
  return engine.load<LossSettings, ShardOfStep, ShardGradient>(
    network,
    `loss ${share} ${epsilon}`,
    () => ({
      functions: lossFunctions(network, mixture),
      module: new URL("./loss_routine.ts", import.meta.url).href,
      export: "lossShard",
      settings: {
        mixture,
        trained: trainedNames(network),
        masks: network.masks,
        classes: network.classes,
        length: inputLength(network),
      },
    }),
  );
}
