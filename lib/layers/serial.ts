import type { NDArray } from "../engine/nd_array.ts";
import { UserError } from "../engine/user_error.ts";
import type { DropoutMask, Layer, Tensors } from "./layer.ts";

/**
 * Layers one after another. The parameters of a layer called `conv1` are called `conv1.weight` and so on.
 *
 * @param layers The layers by name, in order. Where all names are whole numbers, as PyTorch's Sequential has them, their
 * order is the numbers': JavaScript sorts such keys, and puts them before all others.
 * @throws UserError when only some names are whole numbers.
 */
export function serial(layers: Readonly<Record<string, Layer>>): Layer<readonly unknown[]> {
  const named = Object.entries(layers);
  checkNames(Object.keys(layers));
  return {
    init(inputShape, normal) {
      const weights: Record<string, NDArray> = {};
      const buffers: string[] = [];
      const masks: Record<string, DropoutMask> = {};
      let outputShape = inputShape;
      for (const [name, layer] of named) {
        const initialized = layer.init(outputShape, normal);
        outputShape = initialized.outputShape;
        Object.assign(weights, prefixed(name, initialized.weights));
        Object.assign(masks, prefixed(name, initialized.masks ?? {}));
        buffers.push(...initialized.buffers?.map((buffer) => `${name}.${buffer}`) ?? []);
      }
      return { outputShape, weights, buffers, masks };
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

    statistics(weights, trace) {
      const own = named.map(([name, layer], i) =>
        prefixed(name, layer.statistics?.(ofLayer(weights, name), trace[i]) ?? {})
      );
      return Object.assign({}, ...own);
    },
  };
}

function checkNames(names: readonly string[]): void {
  const numbers = names.filter((name) => /^(0|[1-9]\d*)$/.test(name));
  if (numbers.length === 0 || numbers.length === names.length) return;
  throw new UserError(
    `building a chain of layers: expected whole numbers for all names or for none, since JavaScript puts those first, got ${names}`,
  );
}

/** A layer's own parameters or tensors, with its name before theirs. */
function prefixed<T>(layer: string, own: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(own).map(([name, value]) => [`${layer}.${name}`, value]),
  );
}

/** A layer's own parameters, without its name before them. */
function ofLayer(weights: Tensors, layer: string): Tensors {
  const prefix = `${layer}.`;
  const own = Object.entries(weights).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
