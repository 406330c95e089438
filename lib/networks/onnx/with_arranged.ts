import type { Junction } from "../../layers/junctions/junction.ts";
import type { Layer, Parameter, Tensors } from "../../layers/layer.ts";
import type { Stored } from "./values.ts";

/**
 * A layer or junction whose parameters stay as in the file and are rearranged before use: for example a weight that the file's nodes
 * transpose.
 */
export function withArranged<L extends Layer | Junction>(
  layer: L,
  parameters: Readonly<Record<string, Stored | undefined>>,
): L {
  if (!Object.values(parameters).some((stored) => stored?.arrangement)) return layer;
  const each = <T>(values: Readonly<Record<string, T>>, change: (value: T, stored: Stored) => T) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => {
        const stored = parameters[name];
        return [name, stored?.arrangement ? change(value, stored) : value];
      }),
    );
  const weightsOf = (weights: Tensors): Tensors =>
    each(weights, (tensor, { arrangement }) => arrangement!.arrange(tensor));
  const asInFile = ({ outputUnits, ...rest }: Parameter, { arrangement }: Stored): Parameter => {
    const { from: shape, axes } = arrangement!;
    if (!outputUnits || !axes) return { ...rest, shape };
    return { ...rest, shape, outputUnits: { ...outputUnits, axis: axes[outputUnits.axis]! } };
  };
  // Layers and junctions differ in their second and third arguments, which are passed on.
  const own = layer as Junction;
  const wrapped: Junction = {
    describe(inputShapes) {
      const { parameters: described = {}, ...others } = own.describe(inputShapes);
      return { ...others, parameters: each(described, asInFile) };
    },
    forward: (weights, inputs) => own.forward(weightsOf(weights), inputs),
    reverse: (weights, trace, gradient) => own.reverse(weightsOf(weights), trace, gradient),
    linearize: (weights, trace, inputs, unit) =>
      own.linearize(weightsOf(weights), trace, inputs, unit),
    statistics: (weights, trace) => own.statistics?.(weightsOf(weights), trace) ?? {},
  };
  return wrapped as L;
}
