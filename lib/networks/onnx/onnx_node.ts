import type { onnx } from "onnx-proto";
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
  type Known,
  known,
  scalarOf,
  type Stored,
  type Value,
} from "./values.ts";

/** A node of the file as the function of its operator sees it. Attributes that are never asked for are refused. */
export interface OnnxNode {
  readonly op: string;
  /** What its first output is called. */
  readonly output: string;
  /** What its outputs are called. */
  readonly outputs: readonly string[];
  /** The version of the standard operators. */
  readonly opset: number;
  /** The batch that the file is fixed to, if it is. */
  readonly frozenBatch: number | undefined;
  /** Whether all that follows only changes the shape: the node's output is the network's. */
  readonly isLast: boolean;
  /** All inputs; those that are left out are undefined. */
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
  /** Whole numbers of an input that is known when the model is read; undefined where it is left out. */
  numbers(i: number): readonly number[] | undefined;
  /** The one number of a constant input; undefined where it is left out. */
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
  /** Throws if an attribute was never asked for. */
  checkAttributes(): void;

  /**
   * Adds a layer of one input to the graph, or a junction of several.
   *
   * @param parameters The tensors of the file for the layer's parameters.
   * @param name What its output is called; the node's output unless given.
   */
  layer(
    layer: Layer | Junction,
    from: Flow | readonly Flow[],
    parameters?: Readonly<Record<string, Stored | undefined>>,
    name?: string,
  ): Flow;
  /** A note for whoever reads the model. */
  note(text: string): void;
  /** Says that the first number of a shape stands for the batch, and has to be freed in the file. */
  freeBatchIn(input: number): void;
  /** Says that the file's batch has to stay as it is: a number in it stands for the batch, and cannot be freed. */
  keepBatch(): void;
  /** Throws: the node cannot be taken. */
  refuse(why: string): never;
}

/** What a node is read in. */
export interface NodeContext {
  readonly path: string;
  readonly opset: number;
  readonly frozenBatch: number | undefined;
  readonly external: ExternalFiles;
  readonly values: ReadonlyMap<string, Value>;
  readonly builder: GraphBuilder;
  readonly freed: Set<string>;
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
    throw new UserError(
      `reading ${context.path}: the node ${name} (${excerpt(op)}) cannot be taken: ${why}`,
    );
  };
  const inputs = inputsOf(proto, context.values, refuse);
  const constant = (i: number) => constantOf(inputs[i], `${outputs[0]} input ${i}`, i, refuse);
  const refusingMisfits = (add: () => Flow): Flow => {
    try {
      return add();
    } catch (error) {
      if (error instanceof UserError) return refuse(error.message);
      throw error;
    }
  };
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
      refusingMisfits(() => context.builder.add(name, layer, from, parameters)),
    note: context.onNote,
    freeBatchIn: (i) => void context.freed.add(proto.input![i]!),
    keepBatch: () => void context.freed.add(outputs[0]!), // No shape in the file: what cannot be freed.
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
    return values.get(name) ?? refuse(`it reads ${excerpt(name)}, which nothing before it makes`);
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

/** A constant as a tensor of the file; numbers that are known get a name of their own. */
function constantOf(value: Value | undefined, name: string, i: number, refuse: Refuse): Stored {
  if (value?.kind !== "known") return storedOf(value, i, refuse);
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
  const asked = new Set<string>();
  const get = (name: string) => {
    asked.add(name);
    return given.get(name);
  };
  const fail = (expected: string, came: string) => {
    throw refuse(`expected ${expected}, got ${came}`);
  };
  return {
    int: (name, fallback) => get(name) ? numberOf(get(name)!.i) : fallback,
    ints: (name) => get(name)?.ints?.map(numberOf),
    float: (name, fallback) => get(name)?.f ?? fallback,
    floats: (name) => get(name)?.floats ?? undefined,
    text: (name, fallback) => get(name) ? new TextDecoder().decode(get(name)!.s!) : fallback,
    tensor: (name) => get(name)?.t ? tensorOf(get(name)!.t!, external, fail) : undefined,
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
