import type { OnnxNode } from "./onnx_node.ts";
import { batchSize } from "./values.ts";

/** The least number that files give as the end of any axis: INT32_MAX. */
const anyEnd = 2 ** 31 - 1;

/** The part to keep along one axis of the file's value. */
export interface SliceRange {
  readonly axis: number;
  readonly start: number;
  /** The position after the last one, or before it where the step is negative. */
  readonly end: number;
  readonly step: number;
}

/**
 * The parts that a Slice asks for: attributes before opset 10, inputs since. Places may be counted from the end, or lie beyond it.
 *
 * @param rank The number of axes of the sliced value in the file.
 */
export function askedSlices(node: OnnxNode, rank: number): SliceRange[] {
  const old = node.opset < 10;
  const starts = (old ? node.ints("starts") : node.numbers(1)) ?? [];
  const ends = (old ? node.ints("ends") : node.numbers(2)) ?? [];
  const axes = (old ? node.ints("axes") : node.numbers(3)) ?? starts.map((_, i) => i);
  const steps = old ? undefined : node.numbers(4);
  return axes.map((given, i) => {
    const axis = given < 0 ? given + rank : given;
    const step = steps?.[i] ?? 1;
    if (!(axis >= 0 && axis < rank) || step === 0) {
      return node.refuse(`expected axes below ${rank} and steps, got ${given} and ${step}`);
    }
    return { axis, start: starts[i] ?? NaN, end: ends[i] ?? NaN, step };
  });
}

/** A part with places of an axis of that extent. */
export function clamped({ axis, start, end, step }: SliceRange, extent: number): SliceRange {
  const least = step > 0 ? 0 : -1;
  const most = step > 0 ? extent : extent - 1;
  const within = (place: number) =>
    Math.min(Math.max(place < 0 ? place + extent : place, least), most);
  return { axis, start: within(start), end: within(end), step };
}

/**
 * Whether a part of the batch's axis is all of it: its end is the axis's, or one for axes of any length. Where the file is fixed to a
 * batch, its end may also be a number from there, and then the batch stays fixed.
 *
 * @param extent The axis's extent in the file, a multiple of `batchSize`.
 */
export function isWholeBatch(
  node: OnnxNode,
  { start, end, step }: SliceRange,
  extent: number,
): boolean {
  if (start !== 0 || step !== 1) return false;
  if (end === extent || end >= Math.max(anyEnd, extent)) return true;
  const fixed = extent / batchSize * (node.frozenBatch ?? Infinity);
  if (!(end >= fixed && areEndsOfFile(node))) return false;
  node.keepBatch();
  return true;
}

/** Whether a Slice's ends are numbers in the file: others may be made of the batch's size. */
function areEndsOfFile({ opset, inputs: [, , ends] }: OnnxNode): boolean {
  return opset < 10 || (ends?.kind === "known" && (ends.isOfFile ?? false));
}
