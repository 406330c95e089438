import onnxProto from "onnx-proto";
import { size } from "../../../lib/engine/nd_array.ts";
import { numbers } from "../../engine/engines.ts";

const { onnx } = onnxProto;

/** Whole numbers of a tensor: int64. */
export interface Integers {
  readonly integers: readonly (number | bigint)[];
  /** A list unless given. */
  readonly shape?: readonly number[];
}

/** Floating-point numbers of a tensor. */
export interface Floats {
  readonly shape: readonly number[];
  /** Drawn by the tensor's name unless given. */
  readonly values?: readonly number[];
  /** Positive numbers, as variances are. */
  readonly positive?: boolean;
  /** ONNX's number for the type: 1 float, 10 float16, 11 double. */
  readonly type?: number;
  /** A file beside the model that holds them. */
  readonly external?: { readonly location: string; readonly offset: number };
}

export type Tensor = Integers | Floats;
type Attribute = number | string | readonly number[] | { float: number } | { tensor: Tensor };

/** A node: operator, inputs, attributes, outputs (the next free name unless given). */
export interface TinyNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly outputs?: readonly string[];
  readonly name?: string;
  readonly domain?: string;
}

/** A small model: one input x, one output y. */
export interface TinyModel {
  readonly opset?: number;
  /** One sample. */
  readonly inputShape: readonly number[];
  /** The batch of the input as the file has it; free unless given. */
  readonly batch?: number;
  readonly nodes: readonly TinyNode[];
  readonly tensors?: Readonly<Record<string, Tensor>>;
  /** The outputs' names. */
  readonly outputs?: readonly string[];
  readonly inputType?: number;
}

/** The bytes of a model. */
export function encodeTiny(
  { opset = 13, inputShape, batch, nodes, tensors = {}, outputs = ["y"], inputType = 1 }: TinyModel,
): Uint8Array<ArrayBuffer> {
  const axis = batch === undefined ? { dimParam: "n" } : { dimValue: batch };
  const info = (name: string, dim: object[]) => ({
    name,
    type: { tensorType: { elemType: inputType, shape: { dim } } },
  });
  const bytes = onnx.ModelProto.encode({
    irVersion: opset > 18 ? 9 : 8,
    producerName: "tests",
    opsetImport: [{ domain: "", version: opset }],
    graph: {
      name: "tiny",
      node: nodes.map(({ op, inputs, attributes = {}, outputs, name = "", domain = "" }, i) => ({
        opType: op,
        domain,
        name: name || `node ${i}`,
        input: [...inputs],
        output: [...outputs ?? [i === nodes.length - 1 ? "y" : `v${i}`]],
        attribute: Object.entries(attributes).map(([key, value]) => attributeOf(key, value)),
      })),
      initializer: Object.entries(tensors).map(([name, tensor]) => tensorOf(name, tensor)),
      input: [info("x", [axis, ...inputShape.map((dimValue) => ({ dimValue }))])],
      output: outputs.map((name) => ({ name, type: { tensorType: { elemType: inputType } } })),
    },
  }).finish();
  return new Uint8Array(bytes);
}

function attributeOf(name: string, value: Attribute) {
  const { FLOAT, INT, INTS, STRING, TENSOR } = onnx.AttributeProto.AttributeType;
  if (typeof value === "number") return { name, type: INT, i: value };
  if (typeof value === "string") return { name, type: STRING, s: new TextEncoder().encode(value) };
  if ("float" in value) return { name, type: FLOAT, f: value.float };
  if ("tensor" in value) return { name, type: TENSOR, t: tensorOf("", value.tensor) };
  return { name, type: INTS, ints: [...value] };
}

/** The numbers of a floating-point tensor. */
export function valuesOf(name: string, { shape, values, positive }: Floats): Float32Array {
  const drawn = values ? Float32Array.from(values) : numbers(shape, name);
  if (drawn.length !== size(shape)) throw new Error(`${name}: ${drawn.length} values`);
  return positive ? drawn.map((value) => Math.abs(value) + 0.5) : drawn;
}

function tensorOf(name: string, tensor: Tensor) {
  if ("integers" in tensor) {
    const { integers, shape = [integers.length] } = tensor;
    const data = BigInt64Array.from(integers, (n) => BigInt(n));
    return { name, dims: [...shape], dataType: 7, rawData: new Uint8Array(data.buffer) };
  }
  const { shape, type = 1, external } = tensor;
  const values = valuesOf(name, tensor);
  const data = type === 11
    ? Float64Array.from(values)
    : type === 10
    ? Float16Array.from(values)
    : values;
  const rawData = new Uint8Array(data.buffer.slice(0) as ArrayBuffer);
  if (!external) return { name, dims: [...shape], dataType: type, rawData };
  const externalData = [
    { key: "location", value: external.location },
    { key: "offset", value: String(external.offset) },
    { key: "length", value: String(rawData.length) },
  ];
  return { name, dims: [...shape], dataType: type, dataLocation: 1, externalData };
}

/** Writes a model into a new folder, removed when the body has run. */
export async function withTiny<T>(
  model: TinyModel | Uint8Array,
  body: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/tiny.onnx`;
    await Deno.writeFile(path, model instanceof Uint8Array ? model : encodeTiny(model));
    return await body(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
