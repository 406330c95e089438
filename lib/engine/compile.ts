import * as tf from "@tensorflow/tfjs";
import type { Signature } from "./executable.ts";
import { type NDArray, size } from "./nd_array.ts";
import type { Tensor } from "./tensor.ts";
import type { Value } from "./tracing/graph.ts";
import "./kernels/arrangement.ts";
import "./kernels/elementwise.ts";
import "./kernels/products.ts";
import "./kernels/reductions.ts";
import { withGradients } from "./tracing/gradients.ts";
import { cast } from "./kernels/elementwise.ts";
import { encodeModel } from "./onnx_model.ts";
import { traceBackend, useTraceBackend } from "./tracing/trace_backend.ts";
import { UserError } from "./user_error.ts";

/** A pure function of named tensors, written against the TensorFlow.js API. */
export type TensorFunction = (inputs: Record<string, Tensor>) => Record<string, Tensor>;

/** A traced function: an ONNX model and the shapes of what goes in and comes out. All are float32. */
export interface TracedFunction {
  /** The ModelProto. */
  readonly bytes: Uint8Array;
  /** The inputs' shapes. */
  readonly inputs: Signature;
  /** The outputs' shapes. */
  readonly outputs: Signature;
  /** The numbers in all values that it computes; not known of a model that was read from a file. */
  readonly numbers?: number;
}

/**
 * Traces a function into one ONNX model. The function runs once, on tensors that stand for values that are not computed yet:
 * it must not read values; `tf.grad` and similar functions work inside it.
 *
 * @param fn The function.
 * @param inputs The shapes of its inputs.
 * @param constants Inputs of the function whose values are known and become part of the model.
 * @throws {UserError} naming a kernel that the tracer lacks, or one that has no gradient.
 * @throws {Error} naming an attribute that the tracer lacks, or a name that inputs and outputs share.
 */
export function compile(
  fn: TensorFunction,
  inputs: Signature,
  constants: Readonly<Record<string, NDArray>> = {},
): TracedFunction {
  return withBackend(traceBackend, () => {
    const backend = useTraceBackend();
    return backend.record((graph) => {
      const outputs: Record<string, Value> = {};
      tf.tidy(() => {
        const tensors = Object.entries(inputs).map(([name, shape]) =>
          [name, toTensor(backend.tensorInfo(graph.input(name, shape)))] as const
        );
        const known = Object.entries(constants).map(([name, { data, shape }]) =>
          [name, toTensor(backend.tensorInfo(graph.constant(data, shape, "float32")))] as const
        );
        const results = namingMissingKernels(() => fn(Object.fromEntries([...tensors, ...known])));
        for (const [name, { dataId }] of Object.entries(results)) {
          if (name in inputs) {
            throw new Error(`tracing: expected outputs named unlike inputs, got "${name}" as both`);
          }
          outputs[name] = cast(graph, backend.value(dataId), "float32");
        }
      });
      const shapes = Object.entries(outputs).map(([name, { shape }]) => [name, shape] as const);
      const computed = graph.nodes.flatMap(({ outputs }) =>
        outputs.map(({ shape }) => size(shape))
      );
      return {
        bytes: encodeModel(graph, outputs),
        inputs,
        outputs: Object.fromEntries(shapes),
        numbers: computed.reduce((sum, numbers) => sum + numbers, 0),
      };
    });
  });
}

/**
 * Runs `body` with one of TensorFlow.js's backends and gradients that may be differentiated again. Restores the previous state:
 * the previous backend, or `cpu` if there was none, never the recording one.
 */
export function withBackend<T>(name: string, body: () => T): T {
  useTraceBackend();
  const engine = tf.engine();
  const before = engine.backendName;
  if (name === before) return withGradients(body); // Setting it again would go through all its kernels.
  tf.setBackend(name);
  try {
    return withGradients(body);
  } finally {
    tf.setBackend(before ?? "cpu");
  }
}

/**
 * The kernels of TensorFlow.js that functions may use: tf.add is the kernel Add, tf.softmax Softmax. A function that needs another is
 * rewritten with these, or the kernel is added to the tracer (see CONTRIBUTING.md).
 *
 * @returns Their names in order.
 */
export function tracedKernels(): string[] {
  return tf.getKernelsForBackend(traceBackend).map(({ kernelName }) => kernelName)
    .filter((name) => name in tf) // Not the library's own.
    .sort();
}

function toTensor(info: tf.TensorInfo): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(info);
}

function namingMissingKernels<T>(body: () => T): T {
  try {
    return withGradients(body);
  } catch (error) {
    const kernel = error instanceof Error && /[Kk]ernel '(\w+)'/.exec(error.message)?.[1];
    if (!kernel) throw error;
    throw new UserError(
      `tracing: the tracer lacks the kernel ${kernel}; expected one of those that tracedKernels() lists`,
    );
  }
}
