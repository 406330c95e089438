import * as tf from "@tensorflow/tfjs";
import { type Emitter, registerEmitter } from "../tracing/trace_backend.ts";

/** A differentiable operation of our own, implemented once for each kind of backend. */
export interface Primitive<A extends object> {
  /** The kernel's name. */
  readonly name: string;
  /** How many tensors it takes. */
  readonly arity: number;
  /** The operation as TensorFlow.js computes it (backends `cpu` and `tensorflow`). */
  readonly eager: (inputs: readonly tf.Tensor[], attributes: A) => tf.Tensor;
  /** The operation as ONNX nodes (backend `onnx`). */
  readonly emit: Emitter;
  /** The gradient of every input, given the output's. */
  readonly gradient: (
    dy: tf.Tensor,
    inputs: readonly tf.Tensor[],
    attributes: A,
  ) => readonly (() => tf.Tensor)[];
}

const eagerBackends = ["cpu", "tensorflow"];

/** Registers a primitive with every backend; returns a function that calls it. */
export function definePrimitive<A extends object>(
  { name, arity, eager, emit, gradient }: Primitive<A>,
): (inputs: readonly tf.Tensor[], attributes: A) => tf.Tensor {
  registerEmitter(name, emit);
  for (const backendName of eagerBackends) {
    tf.registerKernel({
      kernelName: name,
      backendName,
      // The inputs are the tensors of the call below, and a tensor is a valid TensorInfo.
      kernelFunc: ({ inputs, attrs }) =>
        tf.tidy(() => eager(Object.values(inputs) as tf.Tensor[], attrs as unknown as A)),
    });
  }
  tf.registerGradient({
    kernelName: name,
    inputsToSave: Array.from({ length: arity }, (_, i) => String(i)),
    gradFunc: (dy, saved, attrs) =>
      Object.fromEntries(gradient(dy as tf.Tensor, saved, attrs as unknown as A).entries()),
  });
  return (inputs, attributes) =>
    tf.engine().runKernel(
      name,
      Object.fromEntries(inputs.entries()),
      { ...attributes } as tf.NamedAttrMap,
    );
}

/** The gradient of a value that is piecewise constant in its input (a mask, a switch): zero. */
export const noGradient = (
  _: tf.Tensor,
  inputs: readonly tf.Tensor[],
): readonly (() => tf.Tensor)[] => inputs.map((x) => () => tf.zerosLike(x));
