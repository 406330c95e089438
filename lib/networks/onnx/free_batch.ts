import onnxProto, { type onnx as Onnx } from "onnx-proto";
import type { OnnxOriginal } from "./read_onnx.ts";
import { elementTypes } from "./element_types.ts";
import { numberOf } from "./tensor_of.ts";
import type { Field } from "./wire.ts";

const { onnx } = onnxProto;

/** The name of the freed batch axis. */
const batchName = "batch";

/** Whether the batch can be freed: the file fixes it, and the shapes that contain it are tensors in the file. */
export function freesBatch(
  { frozenBatch, freed }: OnnxOriginal,
  graph: readonly Field[],
): boolean {
  if (frozenBatch === undefined && freed.size === 0) return false;
  const tensors = graph.flatMap(({ number, content }) => {
    if (number === 5) return [onnx.TensorProto.decode(content).name];
    if (number !== 1) return [];
    const { opType, output, attribute } = onnx.NodeProto.decode(content);
    return opType === "Constant" && attribute.some(({ name }) => name === "value") ? output : [];
  });
  return [...freed].every((name) => tensors.includes(name));
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
