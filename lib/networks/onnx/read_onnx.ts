import type { onnx } from "onnx-proto";
import { basename } from "node:path";
import { excerpt } from "../../engine/excerpt.ts";
import { size } from "../../engine/nd_array.ts";
import { UserError } from "../../engine/user_error.ts";
import { flatten } from "../../layers/flatten.ts";
import { graph, type LayerNode } from "../../layers/graph.ts";
import type { Model } from "../model.ts";
import { defineNetwork } from "../network.ts";
import { checkFinite } from "../check_weights.ts";
import { withWeightsSummary } from "../weights_summary.ts";
import { fold } from "./folding/fold.ts";
import { type GraphBuilder, graphBuilder } from "./graph_builder.ts";
import { spelledShape } from "./layout.ts";
import { type OnnxNode, onnxNode, RefusedNodeError } from "./onnx_node.ts";
import { type OpenFile, openFile } from "./open_file.ts";
import { isKnownMisfit, noLayer, ops } from "./ops.ts";
import { inputOf, outputOf } from "./ports.ts";
import { tensorOf } from "./tensor_of.ts";
import { valueOf } from "./value_of.ts";
import { fileShape, type Value } from "./values.ts";

/** How {@link readOnnx} reads. */
export interface ReadOnnxOptions {
  /** Shape of one input, [C, H, W] or [D]; the file's own unless given: for files that leave it open. */
  readonly inputShape?: readonly number[];
  /** The output that holds the logits; the only one unless given: for files that have several. */
  readonly output?: string;
  /** Called with differences from the file: a Softmax that was removed, numbers that were converted. */
  readonly onNote?: (note: string) => void;
}

/** A model from an ONNX file, with the data for writing it back. */
export interface OnnxModel extends Model {
  /** The file that it came from. */
  readonly original: OnnxOriginal;
}

/** A tensor that an Identity makes. */
export interface TensorCopy {
  /** The name of the tensor that it copies. */
  readonly of: string;
  /** ONNX's number for its type. */
  readonly dataType: number;
}

/** The file that {@link writeOnnx} patches. */
export interface OnnxOriginal {
  /** The file's path. */
  readonly path: string;
  /** Its bytes. */
  readonly bytes: Uint8Array;
  /** The files beside it that hold its tensors, by the model's names for them. */
  readonly external: ReadonlyMap<string, Uint8Array>;
  /** The batch that it is fixed to, if it is. */
  readonly frozenBatch: number | undefined;
  /** Shapes in it whose first number is that batch, by the outputs of the nodes that read them. */
  readonly freed: ReadonlyMap<string, string>;
  /** The tensors in it that an Identity makes. */
  readonly copies: ReadonlyMap<string, TensorCopy>;
  /** The values in it that have a batch. */
  readonly flows: ReadonlySet<string>;
  /** The model of the file as it is. */
  readonly model: Model;
}

/**
 * Reads a classifier from an ONNX file (opset 7 to 21, as torch.onnx and others write it). Parameters have the file's names. Trained
 * are weights and biases of Conv, Gemm, MatMul and PRelu, and scale and shift of normalisations; everything else is a buffer.
 * Batch normalisation and dropout are as in evaluation. A Softmax at the end is removed, and numbers of other
 * precision are converted to float32; `onNote` is called for both. A fixed batch is freed.
 *
 * @throws {UserError} when the file is missing, damaged or not ONNX, or a node is refused, naming its operator and the reason.
 *
 * @example Predict with a network that PyTorch wrote.
 * ```ts
 * import { createEngine, predict, readOnnx } from "deep-defense";
 *
 * const model = await readOnnx("tests/examples/from_pytorch/net.onnx");
 * const { inputShape, classes } = model.network;
 * console.log(inputShape, classes);
 *
 * await using engine = await createEngine({ workers: 1 });
 * const images = new Float32Array(inputShape.reduce((length, extent) => length * extent));
 * console.log((await predict(engine, model, images)).labels);
 * ```
 */
export async function readOnnx(
  path: string,
  { inputShape, output, onNote = () => {} }: ReadOnnxOptions = {},
): Promise<OnnxModel> {
  const file = await openFile(path);
  checkNames(file);
  const input = inputOf(file, inputShape);
  const logits = outputOf(file, output);
  const needed = neededNodes(file, logits);
  const values = storedValues(file, needed, onNote);
  values.set(input.name, { kind: "flow", from: input.name, shape: input.shape });
  const builder = graphBuilder(input.name);
  const freed = new Map<string, string>();
  const last = shapeOnlyAfter(needed, logits);
  for (const proto of needed) {
    const isLast = last.has(proto.output?.[0] ?? "");
    const { frozenBatch } = input;
    const context = { ...file, frozenBatch, values, builder, freed, isLast, onNote };
    const made = computed(onnxNode(proto, context));
    proto.output!.forEach((name, i) => made[i] && values.set(name, made[i]));
  }
  const model = modelOf(file, { input, logits }, values, builder);
  const { bytes, external } = file;
  const flows = new Set(
    [...values].filter(([, { kind }]) => kind === "flow").map(([name]) => name),
  );
  const { frozenBatch } = input;
  const copies = copiesIn(values);
  return {
    ...model,
    original: { path, bytes, external, frozenBatch, freed, copies, flows, model },
  };
}

/** The tensors that an Identity makes. */
function copiesIn(values: ReadonlyMap<string, Value>): Map<string, TensorCopy> {
  const copies = new Map<string, TensorCopy>();
  for (const [name, value] of values) {
    // What a Cast makes has the name of what it was made of.
    if (value.kind !== "stored" || value.copyOf === undefined || value.name !== name) continue;
    copies.set(name, { of: value.copyOf, dataType: value.dataType ?? 1 });
  }
  return copies;
}

/** A node's outputs. What its layers refuse is said of the node. */
function computed(node: OnnxNode): readonly Value[] {
  try {
    const made = valuesOf(node);
    node.checkAttributes();
    return [made].flat();
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof RefusedNodeError) throw error;
    return node.refuse(error.message);
  }
}

function valuesOf(node: OnnxNode): Value | readonly Value[] {
  if (isKnownMisfit(node.op)) return node.refuse(noLayer(node.op));
  if (!node.inputs.some((input) => input?.kind === "flow")) return fold(node);
  const op = Object.hasOwn(ops, node.op) ? ops[node.op] : undefined;
  return op?.(node) ?? node.refuse(noLayer(node.op));
}

/** Throws where two things have one name: which of them is meant would be a guess. */
function checkNames({ graph, fail }: OpenFile): void {
  const stored = (graph.initializer ?? []).map(({ name }) => name);
  const inputs = (graph.input ?? []).map(({ name }) => name); // Older files list tensors as inputs, too.
  const made = (graph.node ?? []).flatMap(({ output }) => output ?? []).filter(Boolean);
  const seen = new Set<string | null | undefined>();
  for (const name of [...stored, ...inputs.filter((name) => !stored.includes(name)), ...made]) {
    if (seen.has(name)) throw fail("every name once", `${excerpt(name ?? "")} twice`);
    seen.add(name);
  }
}

/** The tensors of the file that some nodes read, by name. */
function storedValues(
  { graph, external, fail }: OpenFile,
  nodes: readonly onnx.INodeProto[],
  onNote: (note: string) => void,
): Map<string, Value> {
  const needed = new Set(nodes.flatMap(({ input }) => input ?? []));
  const tensors = (graph.initializer ?? []).filter(({ name }) => needed.has(name ?? ""))
    .map((tensor) => tensorOf(tensor, external, fail));
  const others = tensors.filter(({ type }) => type.float && type.name !== "float");
  if (others.length > 0) {
    const types = [...new Set(others.map(({ type }) => type.name))].join(" and ");
    onNote(`${others.length} tensors of type ${types} were converted to float32`);
  }
  return new Map(tensors.map((tensor) => [tensor.name, { ...valueOf(tensor), isGiven: true }]));
}

/** The nodes that the output needs, in the file's order. */
function neededNodes({ graph }: OpenFile, output: string): onnx.INodeProto[] {
  const needed = new Set([output]);
  const nodes = (graph.node ?? []).toReversed().filter((node) => {
    if (!node.output?.some((name) => needed.has(name))) return false;
    node.input?.forEach((name) => needed.add(name));
    return true;
  });
  return nodes.reverse();
}

/** The outputs of nodes after which only the shape changes. */
function shapeOnlyAfter(nodes: readonly onnx.INodeProto[], output: string): Set<string> {
  const last = new Set([output]);
  for (const { opType, input, output } of nodes.toReversed()) {
    const passes = /^(Flatten|Reshape|Squeeze|Unsqueeze|Identity|Cast)$/.test(opType ?? "");
    if (passes && last.has(output?.[0] ?? "")) last.add(input?.[0] ?? "");
  }
  return last;
}

/** The ends of a file's network. */
interface Ports {
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly logits: string;
}

/** The graph as a network that ends in a vector of logits. */
function modelOf(
  { path, fail }: OpenFile,
  { input, logits }: Ports,
  values: ReadonlyMap<string, Value>,
  builder: GraphBuilder,
): Model {
  const last = values.get(logits);
  if (last?.kind !== "flow") throw fail("an output that depends on the input", excerpt(logits));
  if (last.layout || size(last.shape) < 2 || size(last.shape) !== Math.max(...last.shape)) {
    const came = spelledShape(fileShape(last));
    const advice = size(last.shape) === 1
      ? "; a network with one output z for two classes says the same with the logits 0 and z"
      : "";
    throw fail(`logits, [N, classes], as the output ${excerpt(logits)}`, `${came}${advice}`);
  }
  const isVector = last.shape.length === 1;
  const { from } = isVector ? last : builder.add(`${logits}.vector`, flatten(), last, {});
  const network = defineNetwork({
    name: basename(path).replace(/\.onnx$/i, ""),
    inputShape: input.shape,
    layers: graph(neededLayers(builder.nodes, from), from, input.name),
  });
  const own = Object.keys(network.parameters).map((name) => [name, builder.weights[name]!]);
  const weights = Object.fromEntries(own);
  checkFinite(weights, `reading ${path}`);
  return { network, weights: withWeightsSummary(weights) };
}

/**
 * The layers that an output needs; unused parts of a Split, and values of which only the shape is used, are dropped. Their order
 * has no meaning: names that are whole numbers come first in an object.
 */
function neededLayers(
  nodes: Readonly<Record<string, LayerNode>>,
  output: string,
): Record<string, LayerNode> {
  const needed = new Set([output]);
  for (const name of needed) { // This reaches what it adds, too.
    const sources = Object.hasOwn(nodes, name) ? [nodes[name]!.from].flat() : [];
    sources.forEach((source) => needed.add(source));
  }
  return Object.fromEntries(Object.entries(nodes).filter(([name]) => needed.has(name)));
}
