import onnxProto, { type onnx } from "onnx-proto";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import type { Junction } from "../../layers/junctions/junction.ts";
import type { Layer } from "../../layers/layer.ts";
import type { GraphBuilder } from "./graph_builder.ts";
import { spelledShape } from "./layout.ts";
import { type ExternalFiles, type FileTensor, numberOf, tensorOf } from "./tensor_of.ts";
import {
  fileShape,
  type Flow,
  isOfBatch,
  type Known,
  known,
  scalarOf,
  type Stored,
  type Value,
} from "./values.ts";

/** A node of the file, for the function of its operator. Attributes that this function never reads are refused. */
export interface OnnxNode {
  readonly op: string;
  /** The name of its first output. */
  readonly output: string;
  /** The names of its outputs. */
  readonly outputs: readonly string[];
  /** The version of the standard operators. */
  readonly opset: number;
  /** The batch that the file is fixed to, if it is. */
  readonly frozenBatch: number | undefined;
  /** Whether all later nodes only change the shape, so that the node's output is the network's. */
  readonly isLast: boolean;
  /** All inputs; undefined for omitted ones. */
  readonly inputs: readonly (Value | undefined)[];

  /** An input that depends on the network's input, with the batch in front in the file too. */
  flow(i: number): Flow;
  /** An input that depends on the network's input, wherever the file has the batch. */
  anyFlow(i: number): Flow;
  /** A floating-point input of the file. */
  stored(i: number): Stored;
  /** The same, if it is given. */
  storedIfGiven(i: number): Stored | undefined;
  /** A constant input: in the file, or numbers that are known. */
  constant(i: number): Stored;
  /** The whole numbers of an input that is known when the model is read; undefined where it is omitted. */
  numbers(i: number): readonly number[] | undefined;
  /** The single number of a constant input; undefined where it is omitted. */
  scalar(i: number): number | undefined;

  /** A whole number among the attributes. */
  int(name: string, fallback: number): number;
  /** A list of whole numbers among the attributes. */
  ints(name: string): readonly number[] | undefined;
  /** A number among the attributes. */
  float(name: string, fallback: number): number;
  /** A list of numbers among the attributes. */
  floats(name: string): readonly number[] | undefined;
  /** A word among the attributes. */
  text(name: string, fallback: string): string;
  /** A tensor among the attributes. */
  tensor(name: string): FileTensor | undefined;
  /** Throws if an attribute was never read. */
  checkAttributes(): void;

  /**
   * Adds a layer of one input to the graph, or a junction of several.
   *
   * @param parameters The tensors of the file for the layer's parameters.
   * @param name The name of its output; the node's output unless given.
   */
  layer(
    layer: Layer | Junction,
    from: Flow | readonly Flow[],
    parameters?: Readonly<Record<string, Stored | undefined>>,
    name?: string,
  ): Flow;
  /** A note for whoever reads the model. */
  note(text: string): void;
  /** Records that the first number of a shape is the batch, which must be freed in the file. */
  freeBatchIn(input: number): void;
  /** Records that the file's batch stays fixed: a number in the file contains it and cannot be freed. */
  keepBatch(): void;
  /** Throws: the node cannot be taken. */
  refuse(why: string): never;
}

/** Says that a node cannot be taken, and why. */
export class RefusedNodeError extends UserError {}

/** What a node is read in. */
export interface NodeContext {
  readonly path: string;
  readonly opset: number;
  readonly frozenBatch: number | undefined;
  readonly external: ExternalFiles;
  readonly values: ReadonlyMap<string, Value>;
  readonly builder: GraphBuilder;
  readonly freed: Map<string, string>;
  readonly isLast: boolean;
  readonly onNote: (note: string) => void;
}

/** A node with what it needs to be read. */
export function onnxNode(proto: onnx.INodeProto, context: NodeContext): OnnxNode {
  const op = proto.domain && proto.domain !== "ai.onnx"
    ? `${proto.domain}.${proto.opType}`
    : proto.opType ?? "";
  const outputs = proto.output ?? [];
  const refuse = (why: string): never => {
    const name = excerpt(proto.name || outputs[0] || "");
    throw new RefusedNodeError(
      `reading ${context.path}: the node ${name} (${excerpt(op)}) cannot be taken: ${why}`,
    );
  };
  const inputs = inputsOf(proto, context.values, refuse);
  const constant = (i: number) => constantOf(inputs[i], `${outputs[0]} input ${i}`, i, refuse);
  const { opset, frozenBatch, isLast } = context;
  return {
    opset,
    frozenBatch,
    isLast,
    op,
    outputs,
    output: outputs[0] ?? "",
    inputs,
    flow: (i) => batchFirst(flowOf(inputs[i], i, refuse), i, refuse),
    anyFlow: (i) => flowOf(inputs[i], i, refuse),
    stored: (i) => storedOf(inputs[i], i, refuse),
    storedIfGiven: (i) => inputs[i] && storedOf(inputs[i], i, refuse),
    constant,
    numbers: (i) => inputs[i] && knownOf(inputs[i], i, refuse).numbers,
    scalar: (i) => inputs[i] && scalarInput(constant(i), i, refuse),
    ...attributesOf(proto, context.external, refuse),
    layer: (layer, from, parameters = {}, name = outputs[0]!) =>
      context.builder.add(name, layer, from, parameters),
    note: context.onNote,
    freeBatchIn: (i) => void context.freed.set(outputs[0]!, proto.input![i]!),
    keepBatch: () => void context.freed.set(outputs[0]!, outputs[0]!), // No shape in the file: what cannot be freed.
    refuse,
  };
}

type Refuse = (why: string) => never;

function inputsOf(
  { input }: onnx.INodeProto,
  values: ReadonlyMap<string, Value>,
  refuse: Refuse,
): (Value | undefined)[] {
  return (input ?? []).map((name) => {
    if (name === "") return undefined;
    return values.get(name) ?? refuse(`it reads ${excerpt(name)}, which no node before it makes`);
  });
}

function flowOf(value: Value | undefined, i: number, refuse: Refuse): Flow {
  if (value?.kind === "flow") return value;
  return refuse(`expected input ${i} to depend on the network's input, got a constant`);
}

function batchFirst(x: Flow, i: number, refuse: Refuse): Flow {
  if (!x.layout) return x;
  return refuse(
    `expected input ${i} with the batch as axis 0, [N, ...], got ${spelledShape(fileShape(x))}`,
  );
}

function storedOf(value: Value | undefined, i: number, refuse: Refuse): Stored {
  if (value?.kind === "stored") return value;
  if (value?.kind === "known") {
    return refuse(`expected input ${i} to be a tensor of the file, got whole numbers`);
  }
  return refuse(
    value
      ? `expected input ${i} to be a tensor of the file, got one that depends on the network's input`
      : `expected an input ${i}, got none`,
  );
}

/** A constant as a tensor of the file; known numbers get a new name. */
function constantOf(value: Value | undefined, name: string, i: number, refuse: Refuse): Stored {
  if (value?.kind !== "known") return storedOf(value, i, refuse);
  if (value.numbers.some(isOfBatch)) {
    return refuse(
      `its input ${i} is a number of samples: what is predicted for one would depend on others`,
    );
  }
  return { kind: "stored", name, shape: value.shape, data: Float32Array.from(value.numbers) };
}

function scalarInput(value: Stored, i: number, refuse: Refuse): number {
  return scalarOf(value) ?? refuse(`expected one number as input ${i}, got [${value.shape}]`);
}

function knownOf(value: Value, i: number, refuse: Refuse): Known {
  if (value.kind === "known") return value;
  if (value.kind === "stored" && value.data.length === 1) {
    return known([...value.data], value.shape, false);
  }
  return refuse(`expected whole numbers as input ${i} that are known when the model is read`);
}

const { AttributeType } = onnxProto.onnx.AttributeProto;

type Attributes = Pick<
  OnnxNode,
  "int" | "ints" | "float" | "floats" | "text" | "tensor" | "checkAttributes"
>;

function attributesOf(
  { attribute }: onnx.INodeProto,
  external: ExternalFiles,
  refuse: Refuse,
): Attributes {
  const given = new Map((attribute ?? []).map((one) => [one.name ?? "", one]));
  if (given.size < (attribute ?? []).length) refuse("it has an attribute twice");
  const asked = new Set<string>();
  const get = (name: string, type: keyof typeof AttributeType) => {
    asked.add(name);
    const found = given.get(name);
    // Files of the first versions do not say the type.
    if (!found?.type || found.type === AttributeType[type]) return found;
    return refuse(`expected ${name} of type ${type}, got ${AttributeType[found.type]}`);
  };
  const fail = (expected: string, came: string) => {
    throw refuse(`expected ${expected}, got ${came}`);
  };
  return {
    int(name, fallback) {
      const found = get(name, "INT");
      return found ? numberOf(found.i) : fallback;
    },
    ints: (name) => get(name, "INTS")?.ints?.map(numberOf),
    float: (name, fallback) => get(name, "FLOAT")?.f ?? fallback,
    floats: (name) => get(name, "FLOATS")?.floats ?? undefined,
    text(name, fallback) {
      const found = get(name, "STRING");
      return found ? new TextDecoder().decode(found.s!) : fallback;
    },
    tensor(name) {
      const tensor = get(name, "TENSOR")?.t;
      return tensor ? tensorOf(tensor, external, fail) : undefined;
    },
    checkAttributes() {
      const unknown = [...given.keys()].filter((name) => !asked.has(name));
      if (unknown.length === 0) return;
      refuse(
        `expected ${
          asked.size > 0 ? `no attributes but ${[...asked].join(", ")}` : "no attributes"
        }, got ${excerpt(unknown.join(", "))}`,
      );
    },
  };
}
