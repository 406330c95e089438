import type { Split } from "../../lib/data/dataset.ts";
import { normal, random } from "../../lib/engine/random.ts";
import { size } from "../../lib/engine/nd_array.ts";
import { relu } from "../../lib/layers/activations/relu.ts";
import { batchNorm } from "../../lib/layers/batch_norm.ts";
import { conv2d } from "../../lib/layers/conv2d.ts";
import { dense } from "../../lib/layers/dense.ts";
import { dropout } from "../../lib/layers/dropout.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import { residual } from "../../lib/layers/residual.ts";
import { serial } from "../../lib/layers/serial.ts";
import { lenet } from "../../lib/networks/lenet.ts";
import { defineNetwork, type Network } from "../../lib/networks/network.ts";
import { smallMlp } from "../small_problem.ts";

/** A network with a shortcut, normalisation and dropout. */
function residualNetwork(): Network {
  const block = serial({
    conv: conv2d(4, 3, { pad: 1, deviation: 0.2 }),
    norm: batchNorm(),
    relu: relu(),
  });
  const layers = serial({
    first: conv2d(4, 3, { pad: 1, deviation: 0.3 }),
    block: residual(block),
    flatten: flatten(),
    drop: dropout(0.3),
    logits: dense(4, { deviation: 0.3 }),
  });
  return defineNetwork({ name: "small-residual", inputShape: [1, 6, 6], layers });
}

/** The networks that several ranks train. */
export const networks: readonly Network[] = [smallMlp(), lenet([1, 28, 28], 10), residualNetwork()];

/** Random images for a network. */
export function imagesFor({ inputShape, classes }: Network, count: number): Split {
  const gauss = normal(random("images of several ranks"));
  const images = Float32Array.from({ length: count * size(inputShape) }, gauss);
  return { images, labels: Uint16Array.from({ length: count }, (_, i) => i % classes), count };
}
