import type { onnx } from "onnx-proto";
import { bfloats } from "../../data/float_types.ts";

type TensorProto = onnx.ITensorProto;
type Integers = ArrayLike<number | { toNumber(): number }>;

/** How a tensor of the file stores numbers of one type. */
export interface ElementType {
  /** ONNX's name for it. */
  readonly name: string;
  /** Bytes per number. */
  readonly size: number;
  /** Whether it is a floating-point type. */
  readonly float: boolean;
  /** The numbers in raw bytes, little-endian; their count is a multiple of `size`. */
  readonly ofBytes: (bytes: ArrayBuffer) => ArrayLike<number>;
  /** The numbers of a tensor without raw bytes. */
  readonly ofFields: (tensor: TensorProto) => ArrayLike<number>;
  /** Raw bytes of numbers, rounded to the type; floating-point types only. */
  readonly toBytes?: (numbers: Float32Array) => ArrayBuffer;
}

function integers(
  name: string,
  size: number,
  ofBytes: ElementType["ofBytes"],
  ofFields: ElementType["ofFields"] = int32,
): ElementType {
  return { name, size, float: false, ofBytes, ofFields };
}

function floats(name: string, size: number, how: Omit<ElementType, "name" | "size" | "float">) {
  return { name, size, float: true, ...how };
}

function whole(numbers: Integers | null | undefined): number[] {
  return Array.from(numbers ?? [], (n) => typeof n === "number" ? n : n.toNumber());
}

function int32({ int32Data }: TensorProto): number[] {
  return whole(int32Data);
}

function bitsOf(tensor: TensorProto): ArrayBuffer {
  return Uint16Array.from(int32(tensor)).buffer;
}

/** The element types that are read, by ONNX's number for them. */
export const elementTypes: Readonly<Record<number, ElementType>> = {
  1: floats("float", 4, {
    ofBytes: (bytes) => new Float32Array(bytes),
    ofFields: ({ floatData }) => floatData ?? [],
    toBytes: (numbers) => numbers.slice().buffer,
  }),
  2: integers("uint8", 1, (bytes) => new Uint8Array(bytes)),
  3: integers("int8", 1, (bytes) => new Int8Array(bytes)),
  6: integers("int32", 4, (bytes) => new Int32Array(bytes)),
  7: integers(
    "int64",
    8,
    (bytes) => Array.from(new BigInt64Array(bytes), Number),
    ({ int64Data }) => whole(int64Data),
  ),
  9: integers("bool", 1, (bytes) => new Uint8Array(bytes)),
  10: floats("float16", 2, {
    ofBytes: (bytes) => new Float16Array(bytes),
    ofFields: (tensor) => new Float16Array(bitsOf(tensor)),
    toBytes: (numbers) => Float16Array.from(numbers).buffer,
  }),
  11: floats("double", 8, {
    ofBytes: (bytes) => new Float64Array(bytes),
    ofFields: ({ doubleData }) => doubleData ?? [],
    toBytes: (numbers) => Float64Array.from(numbers).buffer,
  }),
  16: floats("bfloat16", 2, {
    ofBytes: bfloats,
    ofFields: (tensor) => bfloats(bitsOf(tensor)),
  }),
};
