import onnxProto, { type onnx as Onnx } from "onnx-proto";
import { UserError } from "../../engine/user_error.ts";
import { numberOf, tensorOf } from "./tensor_of.ts";

const { onnx } = onnxProto;

/** The batch size for tracing a function whose batch is freed later: a prime number that divides no other extent. */
export const tracedBatch = 7919;

/** The end of an axis of any length. */
const toTheEnd = 2n ** 63n - 1n;

/**
 * A traced model whose batch of {@link tracedBatch} is freed. The batch occurs in the shapes of reshapes, where -1 takes
 * its place, and in the ends of slices.
 *
 * @throws {UserError} when it occurs elsewhere.
 */
export function freeTraced(bytes: Uint8Array): Uint8Array {
  const model = onnx.ModelProto.decode(bytes);
  const graph = model.graph!;
  const readers = new Map<string, Set<string>>();
  for (const { opType, input } of graph.node!) {
    input!.forEach((name, i) => {
      readers.set(name, (readers.get(name) ?? new Set()).add(`${opType} ${i}`));
    });
  }
  const initializer = graph.initializer!.map((tensor) => freed(tensor, readers.get(tensor.name!)));
  const [input, output] = [graph.input!.map(freedInfo), graph.output!.map(freedInfo)];
  return onnx.ModelProto.encode({ ...model, graph: { ...graph, initializer, input, output } })
    .finish();
}

/** A shape without the batch. */
function freed(tensor: Onnx.ITensorProto, readers?: ReadonlySet<string>): Onnx.ITensorProto {
  const fail = (expected: string, came: string) =>
    new UserError(`freeing the batch of a traced model: expected ${expected}, got ${came}`);
  if (tensor.dataType !== onnx.TensorProto.DataType.INT64) return tensor;
  const { numbers } = tensorOf(tensor, new Map(), fail);
  const holds = Array.from(numbers, (n) => n !== 0 && n % tracedBatch === 0);
  if (!holds.some(Boolean)) return tensor;
  const [reader, ...others] = readers ?? [];
  const places = holds.filter(Boolean).length;
  const free = reader === "Reshape 1" ? -1n : reader === "Slice 2" ? toTheEnd : undefined;
  if (free === undefined || others.length > 0 || places > 1) {
    throw fail("it in shapes and ends of slices alone", `[${Array.from(numbers)}] for ${reader}`);
  }
  const values = BigInt64Array.from(numbers, (n, i) => holds[i] ? free : BigInt(n));
  return { ...tensor, rawData: new Uint8Array(values.buffer) };
}

/** An input or output with a batch of any size. */
function freedInfo(info: Onnx.IValueInfoProto): Onnx.IValueInfoProto {
  const type = info.type!.tensorType!;
  const dim = type.shape!.dim!.map((one) =>
    numberOf(one.dimValue) === tracedBatch ? { dimParam: "batch" } : one
  );
  return { ...info, type: { tensorType: { ...type, shape: { dim } } } };
}
