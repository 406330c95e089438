import { dense } from "../layers/dense.ts";
import { flatten } from "../layers/flatten.ts";
import { relu } from "../layers/activations/relu.ts";
import { serial } from "../layers/serial.ts";
import { defineNetwork, type Network } from "./network.ts";

/** The paper's four-layer MLP: 784-500-150-10, rectified. */
export function mlp(inputShape: readonly number[], classes: number): Network {
  const layers = serial({
    flatten: flatten(),
    fc1: dense(500),
    relu1: relu(),
    fc2: dense(150),
    relu2: relu(),
    fc3: dense(classes),
  });
  return defineNetwork({ name: "mlp", inputShape, layers });
}
