import type { onnx } from "onnx-proto";
import { UserError } from "../../engine/user_error.ts";
import { elementTypes } from "./element_types.ts";
import type { OnnxOriginal } from "./read_onnx.ts";
import { rawBytes } from "./tensor_of.ts";

/**
 * A tensor of the file with other values, in the file's precision.
 *
 * @param data The values; unless given, its own values from a file beside the model.
 * @throws {UserError} for types that cannot be written.
 */
export function filledTensor(
  tensor: onnx.ITensorProto,
  data: Float32Array | undefined,
  { path, external }: OnnxOriginal,
): onnx.ITensorProto {
  const type = elementTypes[tensor.dataType ?? 0];
  const fail = (expected: string, came: string) =>
    new UserError(`writing ${path}: expected ${expected}, got ${came}`);
  const bytes = data ? type?.toBytes?.(data) : rawBytes(tensor, external, tensor.name ?? "", fail);
  if (!bytes) throw fail(`${tensor.name} of a type that can be written`, type?.name ?? "another");
  const { externalData: _, dataLocation: __, ...own } = tensor;
  return {
    ...own,
    rawData: bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes),
    floatData: [],
    doubleData: [],
    int32Data: [],
  };
}
