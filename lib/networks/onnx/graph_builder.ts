import type { NDArray } from "../../engine/nd_array.ts";
import { UserError } from "../../engine/user_error.ts";
import type { LayerNode } from "../../layers/graph.ts";
import type { Junction } from "../../layers/junctions/junction.ts";
import type { Description, Layer } from "../../layers/layer.ts";
import type { Flow, Stored } from "./values.ts";
import { withArranged } from "./with_arranged.ts";

/** The graph of a file under construction: layers, and the weights that they use. */
export interface GraphBuilder {
  /** The layers so far. */
  readonly nodes: Readonly<Record<string, LayerNode>>;
  /** The tensors of the file that they use, by the file's names. */
  readonly weights: Readonly<Record<string, NDArray>>;
  /**
   * Adds a layer or junction.
   *
   * @param wanted Its name, unless another has it.
   * @param parameters The tensors of the file for its parameters.
   * @returns Its output.
   * @throws {UserError} when it does not fit its inputs or tensors.
   */
  add(
    wanted: string,
    layer: Layer | Junction,
    from: Flow | readonly Flow[],
    parameters: Readonly<Record<string, Stored | undefined>>,
  ): Flow;
}

/**
 * Makes an empty graph.
 *
 * @param input The name of its input.
 */
export function graphBuilder(input: string): GraphBuilder {
  const nodes: Record<string, LayerNode> = {};
  const weights: Record<string, NDArray> = {};
  const unused = (name: string): string =>
    name === input || Object.hasOwn(nodes, name) ? unused(`${name}'`) : name;
  return {
    nodes,
    weights,
    add(wanted, layer, from, parameters) {
      const name = unused(wanted);
      const single = !Array.isArray(from);
      const flows = [from].flat() as Flow[];
      const description = single
        ? (layer as Layer).describe(flows[0]!.shape)
        : (layer as Junction).describe(flows.map(({ shape }) => shape));
      checkShapes(description, parameters);
      for (const stored of Object.values(parameters)) {
        if (!stored) continue;
        const shape = stored.arrangement?.from ?? stored.shape;
        weights[stored.name] = { shape, data: stored.data };
      }
      const sources = flows.map(({ from }) => from);
      const own = withArranged(layer, parameters);
      nodes[name] = {
        ...(single
          ? { layer: own as Layer, from: sources[0]! }
          : { layer: own as Junction, from: sources }),
        names: (own) => parameters[own]?.name ?? `${name}.${own}`,
        shared: true, // A file may use a tensor several times.
      };
      return { kind: "flow", from: name, shape: description.outputShape };
    },
  };
}

function checkShapes(
  { parameters: described = {} }: Description,
  given: Readonly<Record<string, Stored | undefined>>,
): void {
  for (const [name, { shape }] of Object.entries(described)) {
    const stored = given[name];
    if (String(stored?.shape) === String(shape)) continue;
    throw new UserError(
      `expected a tensor ${name} of shape [${shape}], got ${
        stored ? `${stored.name} of shape [${stored.shape}]` : "none"
      }`,
    );
  }
}
