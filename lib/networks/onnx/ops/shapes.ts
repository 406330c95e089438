import { size } from "../../../engine/nd_array.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "./op.ts";
import { spelledShape } from "../layout.ts";
import { reshaped, reshapedInFile } from "../reshaped.ts";
import { fileShape, type Flow, type Known, known } from "../values.ts";

/** Reshape: samples stay separate. */
function reshape(node: OnnxNode): Flow {
  const x = node.anyFlow(0);
  const whole = fileShape(x);
  const keepsZeros = node.int("allowzero", 0) !== 0;
  const asked = (node.numbers(1) ?? []).map((extent, i) =>
    extent === 0 && !keepsZeros ? whole[i] ?? 0 : extent
  );
  // The batch that the file is fixed to, as a number.
  const sample = filledIn(asked.slice(1), size(x.shape));
  const fits = !x.layout && asked.length > 1 && size(sample) === size(x.shape);
  const isFrozen = fits && asked[0] === (node.frozenBatch ?? 1);
  // In a file that is fixed to one sample, [1, -1] is [N, D], not [1, N D].
  const made = isFrozen && node.frozenBatch
    ? undefined
    : reshapedInFile(node, x, filledIn(asked, size(whole)));
  if (made) return made;
  if (isFrozen) node.freeBatchIn(1);
  if (isFrozen || (fits && asked[0] === -1)) {
    const { awaitsScale = false } = x;
    return { ...reshaped(node, x, sample), awaitsScale };
  }
  const { frozenBatch = 1 } = node;
  const fixed = reshapedInFile(node, x, filledIn(asked, frozenBatch * size(x.shape)), frozenBatch);
  if (node.frozenBatch && fixed) {
    node.keepBatch();
    return fixed;
  }
  return node.refuse(
    `it mixes samples, or numbers of one with the batch: expected a shape [N, ...] of ${
      size(x.shape)
    } numbers each, got ${spelledShape(asked)} from ${spelledShape(whole)}`,
  );
}

/** A shape with a number for -1. */
function filledIn(shape: readonly number[], total: number): readonly number[] {
  const rest = -size(shape);
  return shape.map((extent) => extent === -1 ? total / rest : extent);
}

/** Axes of Squeeze and Unsqueeze: an attribute before opset 13, an input since. */
function givenAxes(node: OnnxNode): readonly number[] | undefined {
  return node.opset < 13 ? node.ints("axes") : node.numbers(1);
}

function squeeze(node: OnnxNode): Flow {
  const x = node.anyFlow(0);
  const whole = fileShape(x);
  const ones = whole.flatMap((extent, i) => extent === 1 ? [i] : []);
  const given = givenAxes(node)?.map((axis) => axis < 0 ? axis + whole.length : axis);
  const axes = given?.length ? given : ones;
  const others = axes.filter((axis) => whole[axis] !== 1);
  if (others.length > 0) node.refuse(`expected axes of extent 1, got axis ${others[0]}`);
  return reshapedInFile(node, x, whole.filter((_, i) => !axes.includes(i)))!;
}

function unsqueeze(node: OnnxNode): Flow {
  const x = node.anyFlow(0);
  const whole = fileShape(x);
  const given = givenAxes(node) ?? [];
  const rank = whole.length + given.length;
  const axes = given.map((axis) => axis < 0 ? axis + rank : axis).sort((a, b) => a - b);
  const beyond = axes.find((axis) => !(axis >= 0 && axis < rank));
  if (beyond !== undefined) node.refuse(`expected axes below ${rank}, got [${given}]`);
  const target = axes.reduce<readonly number[]>(
    (shape, axis) => shape.toSpliced(axis, 0, 1),
    whole,
  );
  return reshapedInFile(node, x, target)!;
}

/** Shape of any value; the batch's size is represented by `batchSize`. */
export function shape(node: OnnxNode): Known {
  const value = node.inputs[0] ?? node.refuse("expected an input, got none");
  const extents = fileShape(value);
  const at = (axis: number) => axis < 0 ? axis + extents.length : axis;
  return known(extents.slice(at(node.int("start", 0)), at(node.int("end", extents.length))));
}

/** The number of numbers. */
function sizeOf(node: OnnxNode): Known {
  return known([size(fileShape(node.anyFlow(0)))], []);
}

/** Shapes of samples, and shapes as numbers. */
export const shapeOps: Ops = {
  Reshape: reshape,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Shape: shape,
  Size: sizeOf,
};
