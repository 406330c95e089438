import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import { type TensorFunction, withBackend } from "../compile.ts";
import type { Arrays, Executable, Signature } from "../executable.ts";

/** Runs a function as TensorFlow.js does, operation by operation, on one of its own backends. */
export function createEager(fn: TensorFunction, signature: Signature, backend: string): Executable {
  const run = async (inputs: Arrays, into: Arrays = {}) => {
    await setImmediate(); // as in onnxruntime: signals and timers have their turn between two calls
    const results = withBackend(backend, () => {
      // What tidy gives back is tensors: it would look for some among the numbers of an array, one by one.
      const outputs = tf.tidy(() => fn(tensorsOf(inputs, signature)));
      const arrays = Object.entries(outputs).map(([name, tensor]) => {
        const data = into[name] ?? new Float32Array(tensor.size);
        data.set(tensor.dataSync());
        return [name, data] as const;
      });
      tf.dispose(outputs);
      return arrays;
    });
    return Object.fromEntries(results);
  };
  return Object.assign(run, { inputs: signature });
}

function tensorsOf(inputs: Arrays, signature: Signature): Record<string, tf.Tensor> {
  const tensors = Object.entries(signature).map(([name, shape]) => {
    const data = inputs[name];
    if (!data) {
      throw new Error(
        `running a function: expected an input "${name}" of shape [${shape}], got none`,
      );
    }
    return [name, tf.tensor(data, [...shape], "float32")] as const;
  });
  return Object.fromEntries(tensors);
}
