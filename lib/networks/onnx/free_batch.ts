import onnxProto, { type onnx as Onnx } from "onnx-proto";
import type { OnnxOriginal } from "./read_onnx.ts";
import { elementTypes } from "./element_types.ts";
import { numberOf } from "./tensor_of.ts";
import type { Field } from "./wire.ts";

const { onnx } = onnxProto;

/** The name of the freed batch axis. */
const batchName = "batch";

/** Whether the batch can be freed: the file fixes it, and the shapes that contain it are tensors which no other node reads. */
export function freesBatch(
  { frozenBatch, freed }: OnnxOriginal,
  graph: readonly Field[],
): boolean {
  if (frozenBatch === undefined && freed.size === 0) return false;
  const fields = (wanted: number) => graph.filter(({ number }) => number === wanted);
  const nodes = fields(1).map(({ content }) => onnx.NodeProto.decode(content));
  const tensors = new Set([
    ...fields(5).map(({ content }) => onnx.TensorProto.decode(content).name),
    ...nodes.filter(isTensor).flatMap(({ output }) => output),
  ]);
  const others = nodes.filter(({ output }) => !freed.has(output[0] ?? ""));
  const readByOthers = new Set(others.flatMap(({ input }) => input));
  return [...freed.values()].every((name) => tensors.has(name) && !readByOthers.has(name));
}

/** Whether a node is a tensor. */
function isTensor({ opType, attribute }: Onnx.NodeProto): boolean {
  return opType === "Constant" && attribute.some(({ name }) => name === "value");
}

/** An input, an output or a value between them with a batch of any size; undefined where it stays as it is. */
export function freedInfo(
  info: Onnx.IValueInfoProto,
  { frozenBatch, flows }: OnnxOriginal,
): Onnx.IValueInfoProto | undefined {
  const type = info.type?.tensorType;
  const [batch, ...others] = type?.shape?.dim ?? [];
  if (!flows.has(info.name ?? "") || numberOf(batch?.dimValue) !== frozenBatch) return undefined;
  const shape = { ...type!.shape, dim: [{ dimParam: batchName }, ...others] };
  return { ...info, type: { ...info.type, tensorType: { ...type, shape } } };
}

/** A shape whose first number, the batch, is 0: ONNX then copies it from the reshaped value. */
export function freedShape(tensor: Onnx.ITensorProto): Onnx.ITensorProto {
  const raw = tensor.rawData?.length ? new Uint8Array(tensor.rawData) : undefined;
  if (!raw) return { ...tensor, int64Data: [0, ...(tensor.int64Data ?? []).slice(1)] };
  raw.fill(0, 0, elementTypes[tensor.dataType ?? 7]!.size);
  return { ...tensor, rawData: raw };
}

/**
 * A Reshape to such a shape, without `allowzero`, which takes the 0 for an empty axis; undefined where it does not change. Other
 * numbers of the shape are not 0, since a sample is not empty.
 */
export function freedReshape(node: Onnx.INodeProto): Onnx.INodeProto | undefined {
  const attribute = (node.attribute ?? []).filter(({ name }) => name !== "allowzero");
  return attribute.length === node.attribute?.length ? undefined : { ...node, attribute };
}
