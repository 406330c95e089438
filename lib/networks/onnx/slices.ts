import type { OnnxNode } from "./onnx_node.ts";

/** The part to keep along one axis of the file's value. */
export interface SliceRange {
  readonly axis: number;
  readonly start: number;
  /** The position after the last one, or before it where the step is negative. */
  readonly end: number;
  readonly step: number;
}

/**
 * The parts that a Slice keeps: attributes before opset 10, inputs since.
 *
 * @param shape The sliced value's shape in the file; the batch's extent is Infinity.
 */
export function slicesOf(node: OnnxNode, shape: readonly number[]): SliceRange[] {
  const old = node.opset < 10;
  const starts = (old ? node.ints("starts") : node.numbers(1)) ?? [];
  const ends = (old ? node.ints("ends") : node.numbers(2)) ?? [];
  const axes = (old ? node.ints("axes") : node.numbers(3)) ?? starts.map((_, i) => i);
  const steps = old ? undefined : node.numbers(4);
  return axes.map((given, i) => {
    const axis = given < 0 ? given + shape.length : given;
    const step = steps?.[i] ?? 1;
    const extent = shape[axis];
    if (extent === undefined || step === 0) {
      return node.refuse(`expected axes below ${shape.length} and steps, got ${given} and ${step}`);
    }
    const least = step > 0 ? 0 : -1;
    const most = step > 0 ? extent : extent - 1;
    const clamped = (place: number) =>
      Math.min(Math.max(place < 0 ? place + extent : place, least), most);
    const [start, end] = [starts[i] ?? NaN, ends[i] ?? NaN].map(clamped) as [number, number];
    return { axis, start, end, step };
  });
}
