import { createHash } from "node:crypto";

/** The element types that a traced graph computes with. */
export type DType = "float32" | "int32" | "bool" | "int64";

/** The numbers of a constant, by element type. */
export type Numbers = Float32Array | Int32Array | Uint8Array | BigInt64Array;

/** A tensor of a graph under construction: an input, a constant or a node's output. */
export interface Value {
  /** Its name in the graph. */
  readonly id: string;
  /** Its element type. */
  readonly dtype: DType;
  /** Extents, outermost first. */
  readonly shape: readonly number[];
  /** Set when every element is this number: such a constant is stored as one number. */
  readonly uniform?: number;
}

/** An ONNX attribute: a whole number, a list of them, a real number or a word. */
export type Attribute = number | readonly number[] | { readonly float: number } | string;

/** A node's operator, inputs, outputs and attributes. */
export interface GraphNode {
  /** The ONNX operator. */
  readonly op: string;
  /** Its operands. */
  readonly inputs: readonly Value[];
  /** Its outputs. */
  readonly outputs: readonly Value[];
  /** Its attributes by name. */
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A constant with its numbers. */
export interface Constant {
  /** The tensor in the graph. */
  readonly value: Value;
  /** Its numbers, row-major. */
  readonly numbers: Numbers;
}

/** The type of a node's output. */
export interface OutputType {
  /** Extents, outermost first. */
  readonly shape: readonly number[];
  /** Element type; `float32` unless given. */
  readonly dtype?: DType;
}

const commutative = new Set(["Add", "Mul", "And", "Or", "Max", "Min", "Equal"]);

/**
 * An ONNX graph under construction. Equal nodes are made once (common-subexpression elimination by
 * value numbering): the reverse network and the gradient of the forward network share their common nodes.
 */
export class Graph {
  /** The inputs, in the order they were named. */
  readonly inputs: Value[] = [];
  /** The nodes, in the order they were made: operands come first. */
  readonly nodes: GraphNode[] = [];
  /** The constants by the id of their value. */
  readonly constants = new Map<string, Constant>();
  #known = new Map<string, readonly Value[]>();
  #reshapes = new Map<string, Value>();
  #producers = new Map<string, GraphNode>();
  #count = 0;

  /** A named input of the graph. */
  input(name: string, shape: readonly number[]): Value {
    const value: Value = { id: name, dtype: "float32", shape };
    this.inputs.push(value);
    return value;
  }

  /** A constant; one with a single repeated number is kept as that number until all elements are needed. */
  constant(numbers: Numbers, shape: readonly number[], dtype: DType): Value {
    const first = numbers[0];
    if (
      typeof first === "number" && numbers.length > 0 &&
      (numbers as Float32Array).every((n) => n === first)
    ) {
      return this.uniform(first, shape, dtype);
    }
    // For large weights, a text of all numbers would be longer than a string can be.
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    const key = `${dtype}[${shape}]${createHash("sha256").update(bytes).digest("hex")}`;
    return this.#remember(key, () => {
      const value: Value = { id: this.#newId(), dtype, shape };
      this.constants.set(value.id, { value, numbers });
      return [value];
    })[0]!;
  }

  /** A constant whose elements are all the same number. */
  uniform(number: number, shape: readonly number[], dtype: DType): Value {
    return {
      id: `uniform:${dtype}:${Object.is(number, -0) ? "-0" : number}:${shape}`,
      dtype,
      shape,
      uniform: number,
    };
  }

  /** A list of whole numbers, as ONNX takes shapes and axes. */
  integers(numbers: readonly number[]): Value {
    const key = `integers${numbers}`;
    return this.#remember(key, () => {
      const value: Value = { id: this.#newId(), dtype: "int64", shape: [numbers.length] };
      this.constants.set(value.id, { value, numbers: BigInt64Array.from(numbers, BigInt) });
      return [value];
    })[0]!;
  }

  /** The output of a node of one output. */
  node(
    op: string,
    inputs: readonly Value[],
    output: OutputType,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    if (annihilated.has(op) && inputs.some(({ uniform }) => uniform === 0)) {
      return this.uniform(0, output.shape, output.dtype ?? "float32");
    }
    return this.nodeOutputs(op, inputs, [output], attributes)[0]!;
  }

  /** The outputs of a node of several outputs. */
  nodeOutputs(
    op: string,
    inputs: readonly Value[],
    outputs: readonly OutputType[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): readonly Value[] {
    const operands = inputs.map((value) => this.#materialize(value, inputs, outputs[0]!.shape, op));
    const ids = operands.map(({ id }) => id);
    const ordered = commutative.has(op) ? [...ids].sort() : ids;
    const key = `${op}(${ordered.join()})${JSON.stringify(attributes)}`;
    return this.#remember(key, () => {
      const made = outputs.map(({ shape, dtype = "float32" }) => ({
        id: this.#newId(),
        dtype,
        shape,
      }));
      const node = { op, inputs: operands, outputs: made, attributes };
      this.nodes.push(node);
      made.forEach(({ id }) => this.#producers.set(id, node));
      return made;
    });
  }

  /** The value that a reshape reads, or the value itself: a reshape of a reshape needs only the last. */
  reshapedFrom(value: Value): Value {
    return this.#reshapes.get(value.id) ?? value;
  }

  /** Records that a value is the reshape of another. */
  noteReshape(reshaped: Value, source: Value): void {
    this.#reshapes.set(reshaped.id, source);
  }

  /** The node that makes a value, if a node does. */
  producer(value: Value): GraphNode | undefined {
    return this.#producers.get(value.id);
  }

  /** A value, uniform or not, as a tensor of its whole shape. */
  whole(value: Value): Value {
    return this.#materialize(value, [], [], "");
  }

  #materialize(
    value: Value,
    inputs: readonly Value[],
    shape: readonly number[],
    op: string,
  ): Value {
    if (value.uniform === undefined) return value;
    const scalar = this.#scalar(value.uniform, value.dtype);
    if (value.shape.length === 0 || (broadcasts.has(op) && scalarSuffices(value, inputs, shape))) {
      return scalar;
    }
    return this.node("Expand", [scalar, this.integers(value.shape)], value);
  }

  #scalar(number: number, dtype: DType): Value {
    return this.#remember(`scalar${dtype}${Object.is(number, -0) ? "-0" : number}`, () => {
      const value: Value = { id: this.#newId(), dtype, shape: [] };
      const numbers = dtype === "float32"
        ? Float32Array.of(number)
        : dtype === "bool"
        ? Uint8Array.of(number)
        : Int32Array.of(number);
      this.constants.set(value.id, { value, numbers });
      return [value];
    })[0]!;
  }

  #remember(key: string, make: () => readonly Value[]): readonly Value[] {
    const known = this.#known.get(key);
    if (known) return known;
    const made = make();
    this.#known.set(key, made);
    return made;
  }

  /** A prefix that the names of inputs and outputs are unlikely to have. */
  #newId(): string {
    return `%${this.#count++}`;
  }
}

/** Operators that give zeros for zeros: paths that carry only a constant's gradient are never computed. */
const annihilated = new Set([
  "AveragePool",
  "Conv",
  "ConvTranspose",
  "MatMul",
  "Neg",
  "ReduceSum",
  "Resize",
  "Transpose",
]);

/** Operators that broadcast their operands like NumPy: a scalar can replace a uniform tensor. */
const broadcasts = new Set([
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Pow",
  "Max",
  "Min",
  "And",
  "Or",
  "Where",
  "Equal",
  "Greater",
  "GreaterOrEqual",
  "Less",
  "LessOrEqual",
]);

/** Whether another operand already has the output's shape. */
function scalarSuffices(value: Value, inputs: readonly Value[], shape: readonly number[]): boolean {
  return inputs.some((other) =>
    other !== value && other.uniform === undefined && String(other.shape) === String(shape)
  );
}

/** The nodes that the outputs need, in order (dead-code elimination). */
export function liveNodes(graph: Graph, outputs: readonly string[]): GraphNode[] {
  const needed = new Set(outputs);
  const live: GraphNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some(({ id }) => needed.has(id))) continue;
    node.inputs.forEach(({ id }) => needed.add(id));
    live.push(node);
  }
  return live.reverse();
}
