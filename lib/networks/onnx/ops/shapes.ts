import { size } from "../../../engine/nd_array.ts";
import { axesOf } from "../axes.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "../ops.ts";
import { reshaped } from "../reshaped.ts";
import { batchSize, fileShape, type Flow, type Known, known } from "../values.ts";

/** Reshape: samples stay apart. */
function reshape(node: OnnxNode): Flow {
  const x = node.flow(0);
  const whole = [batchSize, ...x.shape];
  const keepsZeros = node.int("allowzero", 0) !== 0;
  const asked = (node.numbers(1) ?? []).map((extent, i) =>
    extent === 0 && !keepsZeros ? whole[i] ?? 0 : extent
  );
  const target = filledIn(asked, size(whole));
  if (target[0] === batchSize && size(target.slice(1)) === size(x.shape)) {
    return reshaped(node, x, target.slice(1));
  }
  // The batch that the file is fixed to, as a number.
  const sample = filledIn(asked.slice(1), size(x.shape));
  const isFrozen = asked[0] === (node.frozenBatch ?? 1) || asked[0] === -1;
  if (isFrozen && asked.length > 1 && size(sample) === size(x.shape)) {
    if (asked[0] !== -1) node.freeBatchIn(1);
    return reshaped(node, x, sample);
  }
  return node.refuse(
    `it mixes samples, or numbers of one with the batch: expected a shape [N, ...] of ${
      size(x.shape)
    } numbers each, got [${spelled(asked)}] from [N, ${x.shape.join(", ")}]`,
  );
}

/** A shape with a number for -1. */
function filledIn(shape: readonly number[], total: number): readonly number[] {
  const rest = -size(shape);
  return shape.map((extent) => extent === -1 ? total / rest : extent);
}

function spelled(shape: readonly number[]): string {
  const extents = shape.map((extent) => {
    if (extent % batchSize !== 0 || extent === 0) return `${extent}`;
    return extent === batchSize ? "N" : `${extent / batchSize} N`;
  });
  return extents.join(", ");
}

/** Axes of Squeeze and Unsqueeze: an attribute before opset 13, an input since. */
function givenAxes(node: OnnxNode): readonly number[] | undefined {
  return node.opset < 13 ? node.ints("axes") : node.numbers(1);
}

function squeeze(node: OnnxNode): Flow {
  const x = node.flow(0);
  const given = givenAxes(node);
  const ones = x.shape.flatMap((extent, i) => extent === 1 ? [i + 1] : []);
  const axes = given?.length ? axesOf(node, given, x) : ones;
  const others = axes.filter((axis) => x.shape[axis - 1] !== 1);
  if (others.length > 0) node.refuse(`expected axes of extent 1, got axis ${others[0]}`);
  return reshaped(node, x, x.shape.filter((_, i) => !axes.includes(i + 1)));
}

function unsqueeze(node: OnnxNode): Flow {
  const x = node.flow(0);
  const given = givenAxes(node) ?? [];
  const axes = axesOf(node, given, x, x.shape.length + 1 + given.length).sort((a, b) => a - b);
  return reshaped(
    node,
    x,
    axes.reduce<readonly number[]>((shape, axis) => shape.toSpliced(axis - 1, 0, 1), x.shape),
  );
}

/** Shape, of any value: the batch's size stands for itself. */
export function shape(node: OnnxNode): Known {
  const value = node.inputs[0] ?? node.refuse("expected an input, got none");
  const extents = fileShape(value);
  const at = (axis: number) => axis < 0 ? axis + extents.length : axis;
  return known(extents.slice(at(node.int("start", 0)), at(node.int("end", extents.length))));
}

/** The number of numbers. */
function sizeOf(node: OnnxNode): Known {
  return known([size(fileShape(node.flow(0)))], []);
}

/** Shapes of samples, and shapes as numbers. */
export const shapeOps: Ops = {
  Reshape: reshape,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Shape: shape,
  Size: sizeOf,
};
