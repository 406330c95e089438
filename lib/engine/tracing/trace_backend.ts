import * as tf from "@tensorflow/tfjs";
import { type DType, Graph, type Numbers, type Value } from "./graph.ts";

/** The name under which the recording backend is registered with TensorFlow.js. */
export const traceBackend = "deep-defense-trace";

/** A kernel of the recording backend: adds nodes to the graph and returns the output, or several. */
export type Emitter = (context: {
  readonly graph: Graph;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
}) => Value | readonly Value[];

/** A kernel's attributes, read by name; `only` throws for an unknown attribute. */
export interface Attributes {
  /** Throws unless every attribute that is set is one of these. */
  only(...names: string[]): void;
  /** A number. */
  number(name: string): number;
  /** A list of numbers; a number alone is a list of one. */
  numbers(name: string): number[];
  /** Yes or no; no when it is not set. */
  boolean(name: string): boolean;
  /** A word. */
  text(name: string): string;
  /** Whether it is set. */
  has(name: string): boolean;
  /** The raw attribute, where none of the kinds above fits. */
  raw(name: string): unknown;
}

/** A TensorFlow.js backend that computes nothing: its kernels record nodes of a graph. */
export class TraceBackend extends tf.KernelBackend {
  #values = new WeakMap<object, Value>();
  #graph: Graph | undefined;

  /** The graph that is being recorded. */
  get graph(): Graph {
    if (!this.#graph) {
      throw new Error(
        "recording a kernel: expected to be inside trace(), but no trace is in progress",
      );
    }
    return this.#graph;
  }

  /** Records into a new graph while `body` runs. */
  record<T>(body: (graph: Graph) => T): T {
    this.#graph = new Graph();
    try {
      return body(this.#graph);
    } finally {
      this.#graph = undefined;
    }
  }

  /** The graph's value of a tensor. */
  value(dataId: object): Value {
    const value = this.#values.get(dataId);
    if (!value) {
      throw new Error(
        "tracing: expected a tensor made inside the traced function, got one made outside it",
      );
    }
    return value;
  }

  /** A tensor that represents a value of the graph. */
  tensorInfo(value: Value): tf.TensorInfo {
    const dataId = {};
    this.#values.set(dataId, value);
    return { dataId, shape: [...value.shape], dtype: value.dtype as tf.DataType };
  }

  /** Makes a constant. */
  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.#values.set(dataId, this.graph.constant(toNumbers(values, dtype), shape, dtype as DType));
    return dataId;
  }

  /** There are no values to read. */
  override readSync(): never {
    throw new Error(
      "tracing: expected no reading of values inside a traced function, but dataSync() was called",
    );
  }
  /** There are no values to read. */
  override read(): never {
    throw new Error(
      "tracing: expected no reading of values inside a traced function, but data() was called",
    );
  }
  /** Values belong to the graph, so there is nothing to free. */
  override disposeData(): boolean {
    return true;
  }
  /** Values are not counted. */
  override incRef(): void {}
  /** Values are not counted. */
  override refCount(): number {
    return 1;
  }
  /** Values are not counted. */
  override numDataIds(): number {
    return 0;
  }
  /** Bits of a float. */
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  /** TensorFlow.js's small number for 32 bits. */
  override epsilon(): number {
    return 1e-7;
  }
  /** No memory is held. */
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
}

function toNumbers(values: tf.BackendValues, dtype: tf.DataType): Numbers {
  const numbers = values as ArrayLike<number>;
  switch (dtype) {
    case "float32":
      return Float32Array.from(numbers);
    case "int32":
      return Int32Array.from(numbers);
    case "bool":
      return Uint8Array.from(numbers);
    default:
      throw new Error(`tracing a constant: expected float32, int32 or bool, got ${dtype}`);
  }
}

/** Registers a kernel with the recording backend. */
export function registerEmitter(kernelName: string, emit: Emitter): void {
  tf.registerKernel({
    kernelName,
    backendName: traceBackend,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const recorder = backend as TraceBackend;
      const values = Object.values(inputs).flat()
        .filter((input) => input !== undefined && input !== null)
        .map((input) => recorder.value((input as tf.TensorInfo).dataId));
      const attributes = readAttributes(kernelName, attrs ?? {});
      const outputs = emit({ graph: recorder.graph, inputs: values, attributes });
      return isList(outputs)
        ? outputs.map((output) => recorder.tensorInfo(output))
        : recorder.tensorInfo(outputs);
    },
  });
}

function isList(outputs: Value | readonly Value[]): outputs is readonly Value[] {
  return Array.isArray(outputs);
}

/** The backend, registered on first use. */
export function useTraceBackend(): TraceBackend {
  if (!tf.engine().registryFactory[traceBackend]) {
    tf.registerBackend(traceBackend, () => new TraceBackend());
  }
  return tf.engine().findBackend(traceBackend) as TraceBackend;
}

function readAttributes(kernel: string, given: object): Attributes {
  const record = given as Record<string, unknown>;
  const fail = (name: string, kind: string): never => {
    throw new Error(
      `tracing ${kernel}: expected attribute "${name}" to be ${kind}, got ${
        JSON.stringify(record[name])
      }`,
    );
  };
  return {
    only(...names) {
      for (const [name, value] of Object.entries(record)) {
        if (value !== undefined && value !== null && !names.includes(name)) {
          throw new Error(
            `tracing ${kernel}: attribute "${name}" = ${
              JSON.stringify(value)
            } is not known to the tracer`,
          );
        }
      }
    },
    number: (name) => typeof record[name] === "number" ? record[name] : fail(name, "a number"),
    numbers: (name) => {
      const value = record[name];
      if (typeof value === "number") return [value];
      return Array.isArray(value) ? value.map(Number) : fail(name, "a list of numbers");
    },
    boolean: (name) => Boolean(record[name]),
    text: (name) => typeof record[name] === "string" ? record[name] : fail(name, "a word"),
    raw: (name) => record[name],
    has: (name) => record[name] !== undefined && record[name] !== null,
  };
}
