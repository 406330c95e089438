import { distinctNames } from "./checks/distinct_names.ts";
import type { Junction } from "./junctions/junction.ts";
import type { Tensors } from "./layer.ts";

/** Gives the new name of a parameter or mask, from the layer's own name for it. */
export type Naming = (own: string) => string;

/** The trace of a renamed junction. */
interface RenamedTrace {
  /** The junction's own names for its parameters and masks. */
  readonly own: readonly string[];
  readonly trace: unknown;
}

/**
 * A junction whose parameters and masks have other names. It gets only the parameters that it describes,
 * whatever else the weights hold.
 */
export function renamed(junction: Junction, names: Naming): Junction<RenamedTrace> {
  const rename = <T>(own: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(own).map(([name, value]) => [names(name), value]));
  const pick = (weights: Tensors, own: readonly string[]): Tensors =>
    Object.fromEntries(
      own.filter((name) => Object.hasOwn(weights, names(name)))
        .map((name) => [name, weights[names(name)]!]),
    );
  return {
    describe(inputShapes) {
      const { outputShape, parameters = {}, masks = {} } = junction.describe(inputShapes);
      distinctNames([...Object.keys(parameters), ...Object.keys(masks)].map(names));
      return { outputShape, parameters: rename(parameters), masks: rename(masks) };
    },
    forward(weights, inputs) {
      const { parameters, masks } = junction.describe(inputs.map(({ shape }) => shape.slice(1)));
      const own = Object.keys({ ...parameters, ...masks });
      const { output, trace } = junction.forward(pick(weights, own), inputs);
      return { output, trace: { own, trace } };
    },
    reverse: (weights, { own, trace }, gradient) =>
      junction.reverse(pick(weights, own), trace, gradient),
    linearize: (weights, { own, trace }, inputs, unit) =>
      junction.linearize(pick(weights, own), trace, inputs, unit),
    statistics: (weights, { own, trace }) =>
      rename(junction.statistics?.(pick(weights, own), trace) ?? {}),
  };
}
