import onnxProto from "onnx-proto";
import {
  type Attribute,
  type Constant,
  type DType,
  type Graph,
  liveNodes,
  type Value,
} from "./tracing/graph.ts";

const { onnx } = onnxProto;

const elementTypes: Record<DType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };
const opset = 18;
const irVersion = 8;

/**
 * Writes a graph as an ONNX model (opset 18) whose outputs have the given names.
 *
 * @param graph The graph; unused nodes are not written.
 * @param outputs The value of each output, by name.
 * @returns The bytes of the ModelProto.
 */
export function encodeModel(graph: Graph, outputs: Readonly<Record<string, Value>>): Uint8Array {
  const named = Object.entries(outputs).map(([name, value]) => ({
    name,
    value,
    id: graph.whole(value).id,
  }));
  const live = liveNodes(graph, named.map(({ id }) => id));
  const used = new Set([
    ...live.flatMap((node) => node.inputs.map(({ id }) => id)),
    ...named.map(({ id }) => id),
  ]);
  const nodes = live.map((node) => ({
    opType: node.op,
    input: node.inputs.map(({ id }) => id),
    output: node.outputs.map(({ id }) => id),
    attribute: Object.entries(node.attributes).map(encodeAttribute),
  }));
  const identities = named.map(({ name, id }) => ({
    opType: "Identity",
    input: [id],
    output: [name],
  }));
  return onnx.ModelProto.encode({
    irVersion,
    opsetImport: [{ domain: "", version: opset }],
    producerName: "deep-defense",
    graph: {
      name: "traced",
      node: [...nodes, ...identities],
      initializer: [...graph.constants.values()].filter(({ value }) => used.has(value.id)).map(
        encodeConstant,
      ),
      input: graph.inputs.map((value) => valueInfo(value.id, value)),
      output: named.map(({ name, value }) => valueInfo(name, value)),
    },
  }).finish();
}

function valueInfo(name: string, { shape, dtype }: Value) {
  const dim = shape.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: elementTypes[dtype], shape: { dim } } } };
}

function encodeConstant({ value, numbers }: Constant) {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return {
    name: value.id,
    dataType: elementTypes[value.dtype],
    dims: [...value.shape],
    rawData: bytes,
  };
}

const { FLOAT, INT, INTS, STRING } = onnx.AttributeProto.AttributeType;

function encodeAttribute([name, value]: [string, Attribute]) {
  if (typeof value === "number") return { name, type: INT, i: value };
  if (typeof value === "string") return { name, type: STRING, s: new TextEncoder().encode(value) };
  if ("float" in value) return { name, type: FLOAT, f: value.float };
  return { name, type: INTS, ints: [...value] };
}
