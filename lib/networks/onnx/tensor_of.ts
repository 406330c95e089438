import type { onnx } from "onnx-proto";
import { excerpt } from "../../engine/excerpt.ts";
import { size } from "../../engine/nd_array.ts";
import { type ElementType, elementTypes } from "./element_types.ts";

/** A tensor of the file. */
export interface FileTensor {
  readonly name: string;
  /** ONNX's number for its type. */
  readonly dataType: number;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly numbers: ArrayLike<number>;
}

/** The bytes of files beside the model, by the model's names for them. */
export type ExternalFiles = ReadonlyMap<string, Uint8Array>;

/** Makes the error for one thing wrong with one file. */
export type Fail = (expected: string, came: string) => Error;

/** A whole number; protobufjs gives an object where it may be long. */
export function numberOf(value: number | { toNumber(): number } | null | undefined): number {
  return typeof value === "object" && value !== null ? value.toNumber() : value ?? 0;
}

/**
 * Reads a tensor of the file; checks sizes before it allocates.
 *
 * @throws {UserError} made by `fail`, for a type that cannot be read, or data that do not fit the shape.
 */
export function tensorOf(
  tensor: onnx.ITensorProto,
  external: ExternalFiles,
  fail: Fail,
): FileTensor {
  const name = tensor.name ?? "";
  const what = `the tensor ${excerpt(name) || "without a name"}`;
  const dataType = tensor.dataType ?? 0;
  const type = elementTypes[dataType];
  if (!type) {
    const known = Object.values(elementTypes).map(({ name }) => name).join(", ");
    throw fail(`${what} of a type among ${known}`, `ONNX's type ${dataType}`);
  }
  const shape = (tensor.dims ?? []).map(numberOf);
  const count = size(shape);
  if (!shape.every((extent) => extent >= 0) || !Number.isSafeInteger(count)) {
    throw fail(`a shape for ${what}`, excerpt(`[${shape}]`));
  }
  const bytes = rawBytes(tensor, external, what, fail);
  const numbers = bytes && bytes.length === count * type.size
    ? type.ofBytes(new Uint8Array(bytes).buffer) // A copy: a file need not align numbers.
    : bytes
    ? []
    : type.ofFields(tensor);
  if (numbers.length !== count) {
    const came = bytes ? `${bytes.length} bytes` : `${numbers.length} numbers`;
    throw fail(`${count} numbers of type ${type.name} for ${what} of shape [${shape}]`, came);
  }
  return { name, dataType, type, shape, numbers };
}

/** The bytes of a tensor that has any, here or in a file beside the model. */
export function rawBytes(
  tensor: onnx.ITensorProto,
  external: ExternalFiles,
  what: string,
  fail: Fail,
): Uint8Array | undefined {
  const place = externalPlace(tensor);
  if (!place) return tensor.rawData?.length ? tensor.rawData : undefined;
  const file = external.get(place.location);
  const { offset, length = (file?.length ?? 0) - offset } = place;
  if (!file || !(offset >= 0 && length >= 0 && offset + length <= file.length)) {
    throw fail(
      `${what} at bytes ${offset} to ${offset + length} of ${excerpt(place.location)}`,
      file ? `a file of ${file.length} bytes` : "no such file",
    );
  }
  return file.subarray(offset, offset + length);
}

/** The place of a tensor in another file. */
interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
  readonly length?: number;
}

/** The place of a tensor that is not in the model itself. */
export function externalPlace(tensor: onnx.ITensorProto): ExternalPlace | undefined {
  if (!tensor.externalData?.length) return undefined;
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const length = entries.get("length");
  return {
    location: entries.get("location") ?? "",
    offset: Number(entries.get("offset") ?? 0),
    ...(length ? { length: Number(length) } : {}),
  };
}
