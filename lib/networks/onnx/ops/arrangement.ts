import * as tf from "@tensorflow/tfjs";
import { size } from "../../../engine/nd_array.ts";
import { concat as concatenation } from "../../../layers/junctions/concat.ts";
import { ofFunction } from "../../../layers/of_function.ts";
import { pad as padding } from "../../../layers/pad.ts";
import { transpose as exchange } from "../../../layers/transpose.ts";
import { axesOf } from "../axes.ts";
import { beside, join } from "../junctions.ts";
import { laidOut, spelledShape } from "../layout.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "./op.ts";
import { reshaped } from "../reshaped.ts";
import { fileShape, type Flow, layoutOf, type Stored } from "../values.ts";

/** Flatten: all axes before a given one become part of the batch's axis. */
function flatten(node: OnnxNode): Flow {
  const x = node.flow(0);
  const axis = node.int("axis", 1);
  const at = axis < 0 ? axis + x.shape.length + 1 : axis;
  if (at < 1 || size(x.shape.slice(0, at - 1)) !== 1) {
    return node.refuse(`axis ${axis} puts numbers of a sample beside the batch: expected axis 1`);
  }
  return reshaped(node, x, [size(x.shape)]);
}

/** Transpose: the batch may move in the file; here samples stay in front, and only their own axes are exchanged. */
function transpose(node: OnnxNode): Flow {
  const x = node.anyFlow(0);
  const layout = layoutOf(x);
  const perm = node.ints("perm") ?? layout.map((_, i) => layout.length - 1 - i);
  const moved = perm.map((axis) =>
    layout[axis] ?? node.refuse(`expected axes below ${layout.length}, got [${perm}]`)
  );
  const axes = moved.flat().filter((axis) => axis !== 0);
  const numbered = moved.map((own) => own.map((axis) => axis === 0 ? 0 : axes.indexOf(axis) + 1));
  const isSame = axes.every((axis, i) => axis === i + 1);
  return laidOut(isSame ? x : node.layer(exchange(axes), x), numbered);
}

/** Concat, also of constants; a constant that the file repeats for every sample, a class token, is trained. */
function concat(node: OnnxNode): Flow {
  const inputs = node.inputs.map((_, i) => i);
  const first = node.anyFlow(inputs.find((i) => node.inputs[i]?.kind === "flow") ?? 0);
  const [axis = 1] = axesOf(node, [node.int("axis", 1)], first);
  const flows = inputs.map((i) => {
    if (node.inputs[i]?.kind === "flow") return node.anyFlow(i);
    const constant = node.constant(i);
    if (node.frozenBatch) node.keepBatch();
    return beside(node, constant, first, isToken(node, constant));
  });
  return flows.length === 1 ? flows[0]! : join(node, concatenation({ axis }), flows, node.output);
}

/** Whether a constant is a class token, [1, 1, E]; in a file of one sample, it need not be repeated. */
function isToken({ frozenBatch }: OnnxNode, { shape, isRepeated, isGiven }: Stored): boolean {
  return Boolean(isRepeated || (frozenBatch === 1 && shape.length === 3 && isGiven));
}

/** Expand: repeats along axes of extent 1. */
function expand(node: OnnxNode): Flow {
  const x = node.flow(0);
  const asked = node.numbers(1) ?? [];
  const whole = fileShape(x);
  const target = whole.map((extent, i) => {
    const wanted = asked[i - whole.length + asked.length] ?? 1;
    return extent === 1 ? wanted : extent;
  });
  const fits = asked.length <= whole.length &&
    asked.every((extent, i) => extent === 1 || extent === target[i - asked.length + whole.length]);
  if (!fits) {
    node.refuse(
      `expected a shape that repeats axes of extent 1 of ${spelledShape(whole)}, got ${
        spelledShape(asked)
      }`,
    );
  }
  const outputShape = target.slice(1);
  return String(outputShape) === String(x.shape) ? x : node.layer(
    ofFunction((x) => tf.mul(x, tf.ones([1, ...outputShape])), () => ({ outputShape })),
    x,
  );
}

/** Pad: numbers are attributes before opset 11, inputs since. */
function pad(node: OnnxNode): Flow {
  const x = node.flow(0);
  const mode = node.text("mode", "constant");
  if (mode !== "constant") node.refuse(`expected padding with a constant, got mode ${mode}`);
  const rank = x.shape.length + 1;
  const old = node.opset < 11;
  const given = (old ? node.ints("pads") : node.numbers(1)) ?? [];
  const value = (old ? node.float("value", 0) : node.scalar(2)) ?? 0;
  const axes = old ? undefined : node.numbers(3);
  const at = axes?.map((axis) => axis < 0 ? axis + rank : axis) ??
    Array.from({ length: rank }, (_, axis) => axis);
  const pads = Array.from({ length: rank }, (_, axis) => {
    const i = at.indexOf(axis);
    return i < 0 ? [0, 0] as const : [given[i] ?? NaN, given[i + at.length] ?? NaN] as const;
  });
  const [batch, ...sample] = pads;
  if (batch!.some(Boolean)) node.refuse("it pads axis 0, the batch");
  if (!sample.flat().every((n) => n >= 0)) {
    node.refuse(`expected two numbers from 0 for each axis as pads, got [${given}]`);
  }
  return sample.flat().some(Boolean) ? node.layer(padding(sample, value), x) : x;
}

/** Operators that rearrange numbers. */
export const arrangementOps: Ops = {
  Flatten: flatten,
  Transpose: transpose,
  Concat: concat,
  Expand: expand,
  Pad: pad,
};
