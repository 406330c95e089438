import type { OnnxNode } from "./onnx_node.ts";
import { type Flow, layoutOf } from "./values.ts";

/**
 * Axes of a value of the file, counted from 0 or from the end, as axes of its samples; none is the batch's.
 *
 * @returns Counted with the batch as axis 0, from 1.
 */
export function axesOf(node: OnnxNode, axes: readonly number[], x: Flow): number[] {
  const layout = layoutOf(x);
  return axes.map((axis) => {
    const at = axis < 0 ? axis + layout.length : axis;
    const own = layout[at];
    if (!own) return node.refuse(`expected an axis below ${layout.length}, got ${axis}`);
    if (own.includes(0)) {
      node.refuse(`it works along axis ${at}, the batch: samples must stay apart`);
    }
    return own[0]!;
  });
}

/** A value that has lost some axes of its samples, here and in the file. */
export function layoutWithout(x: Flow, axes: readonly number[]): readonly (readonly number[])[] {
  const lost = (axis: number) => axes.filter((other) => other < axis).length;
  return layoutOf(x).filter((own) => !own.some((axis) => axes.includes(axis)))
    .map((own) => own.map((axis) => axis - lost(axis)));
}
