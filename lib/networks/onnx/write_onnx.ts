import onnxProto, { type onnx as Onnx } from "onnx-proto";
import { UserError } from "../../engine/user_error.ts";
import { checkFinite, checkWeights } from "../check_weights.ts";
import type { Weights } from "../weights.ts";
import { freedInfo, freedReshape, freedShape, freesBatch } from "./free_batch.ts";
import type { OnnxOriginal } from "./read_onnx.ts";
import { filledTensor } from "./filled_tensor.ts";
import { type Field, fieldOf, fieldsOf, joined } from "./wire.ts";

const { onnx } = onnxProto;

/** The number of a model's field that holds its graph. */
const modelGraph = 7;
/** The numbers of a graph's fields. */
const [node, initializer, input, output, between] = [1, 5, 11, 12, 13];

/**
 * Writes weights into the ONNX file that a model came from. Only the values of its tensors change; a batch that it was fixed to is
 * freed where the file's shapes allow it, and an Identity becomes a tensor where its values now differ from its source. Tensors that
 * were stored beside the file move into it. Everything else stays byte for byte: names, the Softmax at the end, the opset.
 *
 * @param original The original of the model that `readOnnx` gave.
 * @param weights The network's parameters and buffers.
 * @returns The whole file.
 * @throws {UserError} when the weights are not the network's or not finite, or one that changed has no tensor in the file.
 *
 * @example Change a network's weights and write it back as ONNX.
 * ```ts
 * import { readOnnx, writeOnnx } from "deep-defense";
 *
 * const model = await readOnnx("tests/examples/from_pytorch/net.onnx");
 * const weights = Object.fromEntries(
 *   Object.entries(model.weights).map(([name, { shape, data }]) =>
 *     [name, { shape, data: data.map((value) => value / 2) }]
 *   ),
 * );
 * const bytes = writeOnnx(model.original, weights); // for Deno.writeFile
 * console.log(bytes.length);
 * ```
 */
export function writeOnnx(original: OnnxOriginal, weights: Weights): Uint8Array<ArrayBuffer> {
  const { path, model } = original;
  const checked = checkWeights(weights, model.network.parameters, path);
  checkFinite(checked, `writing ${path}`);
  const changed = Object.keys(checked).filter((name) => {
    const [before, after] = [model.weights[name]!.data, checked[name]!.data];
    return after.some((value, i) => !Object.is(value, before[i]));
  });
  const fields = fieldsOf(original.bytes);
  const content = fields.filter(({ number }) => number === modelGraph)
    .flatMap((field) => fieldsOf(field.content));
  const frees = freesBatch(original, content);
  const patch: Patch = {
    original,
    weights: checked,
    changed: new Set(changed),
    frees,
    freedShapes: new Set(frees ? original.freed.values() : []),
    written: new Set(),
  };
  const graph = joined(content.map((field) => patched(field, patch)));
  const homeless = changed.find((name) => !patch.written.has(name));
  if (homeless !== undefined) {
    throw new UserError(
      `writing ${path}: expected ${homeless} as it was read, since no tensor of the file holds it`,
    );
  }
  const last = fields.findLast(({ number }) => number === modelGraph);
  return joined(fields.flatMap((field) => {
    if (field.number !== modelGraph) return [field.bytes];
    return field === last ? [fieldOf(modelGraph, graph)] : [];
  }));
}

/** What to write. */
interface Patch {
  readonly original: OnnxOriginal;
  readonly weights: Weights;
  /** The names of the weights that differ from the file. */
  readonly changed: ReadonlySet<string>;
  /** Whether the batch is freed. */
  readonly frees: boolean;
  /** The names of the shapes in which it is. */
  readonly freedShapes: ReadonlySet<string>;
  /** The names of weights that have been written. */
  readonly written: Set<string>;
}

/** A field of the graph with its changes, if any. */
function patched(field: Field, patch: Patch): Uint8Array {
  const { number, content, bytes } = field;
  if (number === initializer) {
    const before = onnx.TensorProto.decode(content);
    const tensor = patchedTensor(before, before.name, patch);
    return tensor ? fieldOf(number, onnx.TensorProto.encode(tensor).finish()) : bytes;
  }
  if (number === node) return patchedNode(onnx.NodeProto.decode(content), patch) ?? bytes;
  if (!patch.frees || ![input, output, between].includes(number)) return bytes;
  const info = freedInfo(onnx.ValueInfoProto.decode(content), patch.original);
  return info ? fieldOf(number, onnx.ValueInfoProto.encode(info).finish()) : bytes;
}

/** The tensor of the file with a name, with other values; undefined where it does not change. */
function patchedTensor(
  tensor: Onnx.ITensorProto,
  name: string,
  { original, weights, changed, freedShapes, written }: Patch,
): Onnx.ITensorProto | undefined {
  const inside = () =>
    tensor.externalData?.length ? filledTensor(tensor, undefined, original) : undefined;
  if (freedShapes.has(name)) return freedShape(inside() ?? tensor);
  if (changed.has(name)) {
    written.add(name);
    return filledTensor(tensor, weights[name]!.data, original);
  }
  return inside();
}

/** A Constant with other values, a Reshape whose batch is freed, or a tensor in place of an Identity. */
function patchedNode(proto: Onnx.INodeProto, patch: Patch): Uint8Array | undefined {
  const name = proto.output?.[0] ?? "";
  if (proto.opType === "Constant") {
    const attribute = proto.attribute ?? [];
    const t = attribute.find(({ name }) => name === "value")?.t;
    const tensor = t ? patchedTensor(t, name, patch) : undefined;
    if (!tensor) return undefined;
    const value = attribute.map((one) => one.name === "value" ? { ...one, t: tensor } : one);
    return fieldOf(node, onnx.NodeProto.encode({ ...proto, attribute: value }).finish());
  }
  if (proto.opType === "Reshape" && patch.freedShapes.has(proto.input?.[1] ?? "")) {
    const reshape = freedReshape(proto);
    return reshape && fieldOf(node, onnx.NodeProto.encode(reshape).finish());
  }
  return proto.opType === "Identity" ? ownTensor(name, patch) : undefined;
}

/** A tensor in place of an Identity whose values differ from its source's. */
function ownTensor(name: string, patch: Patch): Uint8Array | undefined {
  const values = patch.weights[name];
  if (!values) return undefined;
  const source = sourceOf(name, patch);
  patch.written.add(name);
  if (values.data.every((value, i) => Object.is(value, source[i]))) return undefined;
  const tensor = filledTensor(
    { name, dims: [...values.shape], dataType: patch.original.copies.get(name)?.dataType ?? 1 },
    values.data,
    patch.original,
  );
  return fieldOf(initializer, onnx.TensorProto.encode(tensor).finish());
}

/** What an Identity copies in the written file: the nearest weight before it, or, where the network has none, a tensor that stays. */
function sourceOf(name: string, { original, weights }: Patch): Float32Array {
  const { copies } = original;
  let source = copies.get(name)?.of;
  while (source !== undefined && !Object.hasOwn(weights, source)) source = copies.get(source)?.of;
  return (source === undefined ? original.model.weights[name] : weights[source])!.data;
}
