import onnxProto from "onnx-proto";
import { compile, type TensorFunction } from "../../lib/engine/compile.ts";
import type { Signature } from "../../lib/engine/executable.ts";

/** The operators of a traced function's graph, in order; the outputs' renaming is left out. */
export function operators(fn: TensorFunction, inputs: Signature): string[] {
  const { graph } = onnxProto.onnx.ModelProto.decode(compile(fn, inputs).bytes);
  return (graph?.node ?? []).map(({ opType }) => opType ?? "").filter((op) => op !== "Identity");
}
