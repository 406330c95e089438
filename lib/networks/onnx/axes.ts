import type { OnnxNode } from "./onnx_node.ts";
import type { Flow } from "./values.ts";

/**
 * Axes of a value of the file, counted from 0 or from the end, that are not the batch's.
 *
 * @param rank Axes with the batch's; the value's unless given.
 * @returns From 1.
 */
export function axesOf(
  node: OnnxNode,
  axes: readonly number[],
  { shape }: Flow,
  rank = shape.length + 1,
): number[] {
  return axes.map((axis) => {
    const at = axis < 0 ? axis + rank : axis;
    if (at === 0) return node.refuse("it works along axis 0, the batch: samples must stay apart");
    if (at > 0 && at < rank) return at;
    return node.refuse(`expected an axis below ${rank}, got ${axis}`);
  });
}
