import * as tf from "@tensorflow/tfjs";
import { UserError } from "../user_error.ts";

/** The inputs of the kernels whose gradients in TensorFlow.js use the kernel's output. */
const inputsOf: Readonly<Record<string, readonly string[]>> = {
  Exp: ["x"],
  LogSoftmax: ["logits"],
  Max: ["x"],
  Min: ["x"],
  Pow: ["a", "b"],
  Sigmoid: ["x"],
  Softmax: ["logits"],
  Tanh: ["x"],
};

/** Kernels that are constant almost everywhere and have no gradients in TensorFlow.js: maxima and clips use comparisons. */
const constants: Readonly<Record<string, readonly string[]>> = {
  Equal: ["a", "b"],
  Greater: ["a", "b"],
  Less: ["a", "b"],
  LessEqual: ["a", "b"],
  LogicalAnd: ["a", "b"],
  LogicalNot: ["x"],
  LogicalOr: ["a", "b"],
  NotEqual: ["a", "b"],
};

/**
 * Runs `body` with gradients that may be differentiated any number of times, and restores the previous ones.
 *
 * TensorFlow.js treats a saved output as a constant where a gradient is differentiated again: the second derivative of tf.sigmoid
 * is silently wrong. Here gradients save inputs, and compute the output again; in a traced graph, which
 * holds equal nodes once, that costs nothing. Registered gradients are global to the process, so they stay only
 * while `body` runs.
 *
 * @throws {UserError} naming a kernel that has no gradient.
 */
export function withGradients<T>(body: () => T): T {
  const own = gradients();
  const before = own.map(({ kernelName }) => [kernelName, tf.getGradient(kernelName)] as const);
  own.forEach(tf.registerGradient);
  try {
    return body();
  } catch (error) {
    throw namingMissingGradient(error);
  } finally {
    for (const [kernelName, gradient] of before) {
      if (gradient) tf.registerGradient(gradient);
      else tf.unregisterGradient(kernelName);
    }
  }
}

/** All gradients that differ from TensorFlow.js's. */
function gradients(): tf.GradConfig[] {
  return [
    ...Object.entries(inputsOf).map(([kernel, inputs]) => recomputing(kernel, inputs)),
    ...Object.entries(constants).map(([kernel, inputs]) => zero(kernel, inputs)),
    // TensorFlow.js's own gradient calls a kernel that has no gradient.
    {
      kernelName: "Elu",
      inputsToSave: ["x"],
      gradFunc: (dy, [x]) => ({ x: () => tf.mul(dy as tf.Tensor, tf.exp(tf.minimum(x!, 0))) }),
    },
  ];
}

/** TensorFlow.js's gradient with the output computed again. */
function recomputing(kernelName: string, inputs: readonly string[]): tf.GradConfig {
  const { gradFunc, inputsToSave = [], outputsToSave = [] } = tf.getGradient(kernelName);
  if (!outputsToSave.some(Boolean)) return { kernelName, inputsToSave, gradFunc }; // It is this one already.
  return {
    kernelName,
    inputsToSave: [...inputs],
    gradFunc(dy, saved, attributes) {
      const named = Object.fromEntries(inputs.map((name, i) => [name, saved[i]!]));
      const output = tf.engine().runKernel<tf.Tensor>(kernelName, named, attributes);
      return gradFunc(dy, [...inputsToSave.map((name) => named[name]!), output], attributes);
    },
  };
}

/** The gradient of a function that is constant almost everywhere. */
function zero(kernelName: string, inputs: readonly string[]): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: [...inputs],
    gradFunc: (_, saved) =>
      Object.fromEntries(inputs.map((name, i) => [name, () => tf.zeros(saved[i]!.shape)])),
  };
}

function namingMissingGradient(error: unknown): unknown {
  const kernel = error instanceof Error &&
    /gradient function not found for (\w+)/.exec(error.message)?.[1];
  if (!kernel) return error;
  return new UserError(
    `differentiating: expected kernels that have a gradient, got ${kernel}, which has none; write the function without it, or make its result a constant`,
  );
}
