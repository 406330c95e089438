import { graph, type GraphTrace } from "./graph.ts";
import { add } from "./junctions/add.ts";
import type { Layer } from "./layer.ts";
import { serial } from "./serial.ts";

/** The parts of a residual layer besides its branch. */
export interface ResidualOptions {
  /** The shortcut; the identity unless given. Its parameters are called `downsample.…`, as in torchvision. */
  readonly shortcut?: Layer;
  /** The layer after the sum; none unless given. Its parameters are called `activation.…`. */
  readonly activation?: Layer;
}

/**
 * Adds a branch to a shortcut (He et al. 2016): y = activation(branch(x) + shortcut(x)). The reverse layer adds the results of both branches'
 * reverse layers.
 *
 * @param branch Its parameters keep their names.
 */
export function residual(
  branch: Layer,
  { shortcut = serial({}), activation = serial({}) }: ResidualOptions = {},
): Layer<GraphTrace> {
  return graph({
    branch: { layer: branch, from: "input", names: (own) => own },
    downsample: { layer: shortcut, from: "input" },
    sum: { layer: add(), from: ["branch", "downsample"] },
    activation: { layer: activation, from: "sum" },
  }, "activation");
}
