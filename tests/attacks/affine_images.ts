import { dense } from "../../lib/layers/dense.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import { serial } from "../../lib/layers/serial.ts";
import { defineNetwork } from "../../lib/networks/network.ts";
import { affineProblem } from "./affine_problem.ts";

/** An affine problem of ten samples whose inputs are images; distances are in the norm whose dual is q. */
export function affineImages(
  inputShape: readonly [number, number, number],
  classes: number,
  q: number,
) {
  const [channels, height, width] = inputShape;
  const { weights, ...problem } = affineProblem(channels * height * width, classes, 10, q);
  const layers = serial({ flatten: flatten(), fc: dense(classes) });
  const network = defineNetwork({ name: "affine", inputShape, layers });
  const named = Object.entries(weights).map(([name, tensor]) => [`fc.${name}`, tensor]);
  return { ...problem, model: { network, weights: Object.fromEntries(named) } };
}
