import type { OnnxNode } from "../onnx_node.ts";
import { type Known, known, type Stored } from "../values.ts";

/** An input as known numbers; of initialisers only single numbers, so that no trained tensor is folded. */
export function knownInput(node: OnnxNode, i: number): Known {
  const value = node.inputs[i];
  if (value?.kind === "known") return value;
  if (value?.kind === "stored" && isFolded(value)) {
    return known([...value.data], value.shape, false);
  }
  return node.refuse(
    value?.kind === "stored"
      ? `it computes only with the file's tensor ${value.name}: fold constants when exporting`
      : `expected an input ${i}`,
  );
}

function isFolded({ data, isGiven = false, arrangement }: Stored): boolean {
  return data.length === 1 || (!isGiven && !arrangement);
}
