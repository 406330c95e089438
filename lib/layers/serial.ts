import type { NDArray } from "../engine/nd_array.ts";
import type { Layer, Tensors } from "./layer.ts";

/**
 * Layers one after another. The parameters of a layer called `conv1` are called `conv1.weight` and so on.
 *
 * @param layers The layers by name, in order.
 */
export function serial(layers: Readonly<Record<string, Layer>>): Layer<readonly unknown[]> {
  const named = Object.entries(layers);
  return {
    init(inputShape, normal) {
      const weights: Record<string, NDArray> = {};
      let outputShape = inputShape;
      for (const [name, layer] of named) {
        const initialized = layer.init(outputShape, normal);
        outputShape = initialized.outputShape;
        for (const [key, array] of Object.entries(initialized.weights)) {
          weights[`${name}.${key}`] = array;
        }
      }
      return { outputShape, weights };
    },

    forward(weights, x) {
      const trace: unknown[] = [];
      let output = x;
      for (const [name, layer] of named) {
        const pass = layer.forward(ofLayer(weights, name), output);
        trace.push(pass.trace);
        output = pass.output;
      }
      return { output, trace };
    },

    reverse(weights, trace, gradient) {
      return named.reduceRight(
        (flow, [name, layer], i) => layer.reverse(ofLayer(weights, name), trace[i], flow),
        gradient,
      );
    },

    linearize(weights, trace, v, unit) {
      return named.reduce(
        (flow, [name, layer], i) => layer.linearize(ofLayer(weights, name), trace[i], flow, unit),
        v,
      );
    },
  };
}

/** A layer's own parameters, without its name before them. */
function ofLayer(weights: Tensors, layer: string): Tensors {
  const prefix = `${layer}.`;
  const own = Object.entries(weights).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
