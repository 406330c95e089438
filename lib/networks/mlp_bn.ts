import { batchNorm, type Statistics } from "../layers/batch_norm.ts";
import { dense } from "../layers/dense.ts";
import { flatten } from "../layers/flatten.ts";
import { relu } from "../layers/activations/relu.ts";
import { serial } from "../layers/serial.ts";
import { defineNetwork, type Network } from "./network.ts";

/**
 * The paper's MLP, 784-500-150-10, with a batch normalisation before every rectifier, which the paper does not have.
 *
 * @param statistics Of its normalisations in training, see {@link batchNorm}; running ones, frozen, unless given.
 */
export function mlpBn(
  inputShape: readonly number[],
  classes: number,
  statistics?: Statistics,
): Network {
  const layers = serial({
    flatten: flatten(),
    fc1: dense(500),
    bn1: batchNorm({ statistics }),
    relu1: relu(),
    fc2: dense(150),
    bn2: batchNorm({ statistics }),
    relu2: relu(),
    fc3: dense(classes),
  });
  return defineNetwork({ name: "mlp_bn", inputShape, layers });
}
