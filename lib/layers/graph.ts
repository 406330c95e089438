import * as tf from "@tensorflow/tfjs";
import { size } from "../engine/nd_array.ts";
import type { Tensor } from "../engine/tensor.ts";
import { UserError } from "../engine/user_error.ts";
import { checkLayer, describedNode } from "./checks/check_layer.ts";
import { callable, checkOptions, type Kind } from "./checks/check_options.ts";
import { distinctNames } from "./checks/distinct_names.ts";
import { type Junction, ofOneInput } from "./junctions/junction.ts";
import type { Description, DropoutMask, Layer, Parameter } from "./layer.ts";
import { type Naming, renamed } from "./renamed.ts";
import { type Ends, topologicalOrder } from "./topological_order.ts";

/** A layer of a graph with the name of its input, or a junction with the names of its inputs. */
export type LayerNode =
  & {
    /** The names of its parameters in the graph; "NODE.parameter" unless given. */
    readonly names?: Naming;
    /** Whether it shares parameters with an earlier node where their names are equal: one parameter, used twice; false unless given. */
    readonly shared?: boolean;
  }
  & (
    | { readonly layer: Layer; readonly from: string }
    | { readonly layer: Junction; readonly from: readonly string[] }
  );

/** The trace of every node, by the node's name. */
export type GraphTrace = ReadonlyMap<string, unknown>;

/**
 * Layers that read one another's outputs. Any output may be read several times. The parameters of a node called
 * `conv1` are called `conv1.weight` and so on, in the order in which the nodes are given.
 *
 * @example A value that is read twice: y = x + conv(x).
 * ```ts
 * import { add, conv2d, graph } from "deep-defense";
 *
 * const layer = graph({
 *   conv: { layer: conv2d(3, 3, { pad: 1 }), from: "input" },
 *   sum: { layer: add(), from: ["conv", "input"] },
 * }, "sum");
 * ```
 *
 * @param nodes The layers by name, in any order.
 * @param output The node whose output is the graph's.
 * @param input What the nodes call the graph's own input; `input` unless given.
 * @throws {UserError} when a node has no layer, a node's input does not exist, nodes form a circle, or a node is not needed; in use, when a layer gives
 * more than 2^28 numbers for one sample.
 */
export function graph(
  nodes: Readonly<Record<string, LayerNode>>,
  output: string,
  input = "input",
): Layer<GraphTrace> {
  const steps = stepsOf(nodes, { input, output });

  /** Computes every node's value from its inputs; returns the output's. */
  function walk<T>(start: T, compute: (step: Step, inputs: readonly T[]) => T): T {
    const values = new Map([[input, start]]);
    for (const step of steps) {
      values.set(step.name, compute(step, step.from.map((source) => values.get(source)!)));
    }
    return values.get(output)!;
  }

  return {
    describe(inputShape) {
      const described = new Map<string, Description>();
      const outputShape = walk(inputShape, ({ name, layer }, inputShapes) => {
        const { from } = nodes[name]!;
        const description = describedNode(name, from, () => layer.describe(inputShapes));
        checkSize(name, description.outputShape);
        described.set(name, description);
        return description.outputShape;
      });
      return { outputShape, ...merged(nodes, described) };
    },

    forward(weights, x) {
      const trace = new Map<string, unknown>();
      const y = walk(x, ({ name, layer }, inputs) => {
        const pass = layer.forward(weights, inputs);
        trace.set(name, pass.trace);
        return pass.output;
      });
      return { output: y, trace };
    },

    reverse(weights, trace, gradient) {
      const flows = new Map([[output, [gradient]]]);
      for (const { name, layer, from } of steps.toReversed()) {
        const gradients = layer.reverse(weights, trace.get(name), sum(flows.get(name)!));
        // The last reader comes first: each is inserted at the front, so that flows are added in the readers' order.
        from.forEach((source, i) => flows.set(source, [gradients[i]!, ...flows.get(source) ?? []]));
      }
      return sum(flows.get(input)!);
    },

    linearize: (weights, trace, v, unit) =>
      walk(v, ({ name, layer }, inputs) => layer.linearize(weights, trace.get(name), inputs, unit)),

    statistics(weights, trace) {
      const own = steps.map(({ name, layer }) => layer.statistics?.(weights, trace.get(name)));
      return Object.assign({}, ...own);
    },
  };
}

/** The most numbers that a layer may give for one sample: 1 GiB. */
const most = 2 ** 28;

function checkSize(name: string, outputShape: readonly number[]): void {
  if (size(outputShape) <= most) return;
  throw new UserError(
    `building a graph: expected ${name} to give at most ${most} numbers for one sample, got the shape [${outputShape}]`,
  );
}

/** A node as it is computed. */
interface Step {
  readonly name: string;
  /** Its parameters have the graph's names. */
  readonly layer: Junction;
  readonly from: readonly string[];
}

/** What a node may read. */
const source: Kind = {
  expected: "a name or a list of names",
  holds: (value) => [value].flat().every((name) => typeof name === "string"),
};

/** The nodes, each after the nodes that it reads. */
function stepsOf(nodes: Readonly<Record<string, LayerNode>>, ends: Ends): Step[] {
  for (const [name, { layer, from, names }] of Object.entries(nodes)) {
    checkLayer("building a graph", name, layer);
    const what = `a graph's node ${name}`;
    checkOptions(what, [source, { from }], [callable, names === undefined ? {} : { names }]);
  }
  const sources = new Map(Object.entries(nodes).map(([name, { from }]) => [name, [from].flat()]));
  return topologicalOrder(sources, ends).map((name) => {
    const { layer, from, names = (own) => `${name}.${own}` } = nodes[name]!;
    const junction = typeof from === "string" ? ofOneInput(layer as Layer) : layer as Junction;
    return { name, layer: renamed(junction, names), from: sources.get(name)! };
  });
}

/** The parameters and masks of all nodes, in the order in which these are given. */
function merged(
  nodes: Readonly<Record<string, LayerNode>>,
  described: ReadonlyMap<string, Description>,
): Pick<Description, "parameters" | "masks"> {
  const parameters = new Map<string, Parameter>();
  const masks = new Map<string, DropoutMask>();
  const names: string[] = [];
  for (const [node, { shared = false }] of Object.entries(nodes)) {
    const own = described.get(node)!;
    for (const [name, parameter] of Object.entries(own.parameters ?? {})) {
      const first = parameters.get(name);
      parameters.set(name, first && shared ? tied(name, first, parameter) : parameter);
      if (!first || !shared) names.push(name);
    }
    for (const [name, mask] of Object.entries(own.masks ?? {})) masks.set(name, mask);
    names.push(...Object.keys(own.masks ?? {}));
  }
  distinctNames(names);
  return { parameters: Object.fromEntries(parameters), masks: Object.fromEntries(masks) };
}

/** A parameter that two nodes use; it is trained if either node trains it, and has output units if both see the same ones. */
function tied(name: string, first: Parameter, second: Parameter): Parameter {
  if (String(first.shape) !== String(second.shape)) {
    throw new UserError(
      `building a graph: expected ${name} to have one shape for all that use it, got [${first.shape}] and [${second.shape}]`,
    );
  }
  const { outputUnits, ...rest } = first;
  return {
    ...rest,
    buffer: Boolean(first.buffer && second.buffer),
    ...(outputUnits && outputUnits.axis === second.outputUnits?.axis ? { outputUnits } : {}),
  };
}

/** The sum of the gradients that flow back to a value from all its readers. */
function sum(flows: readonly Tensor[]): Tensor {
  return flows.reduce((total, flow) => tf.add(total, flow));
}
