import { size } from "../../../engine/nd_array.ts";
import { constantValue } from "../../../layers/constants/constant_value.ts";
import { concat as concatenation } from "../../../layers/junctions/concat.ts";
import { pad as padding } from "../../../layers/pad.ts";
import { transpose as exchange } from "../../../layers/transpose.ts";
import { axesOf } from "../axes.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "../ops.ts";
import { reshaped } from "../reshaped.ts";
import type { Flow } from "../values.ts";

/** Flatten: all that comes before an axis is put into the batch's. */
function flatten(node: OnnxNode): Flow {
  const x = node.flow(0);
  const axis = node.int("axis", 1);
  const at = axis < 0 ? axis + x.shape.length + 1 : axis;
  if (at < 1 || size(x.shape.slice(0, at - 1)) !== 1) {
    return node.refuse(`axis ${axis} puts numbers of a sample beside the batch: expected axis 1`);
  }
  return reshaped(node, x, [size(x.shape)]);
}

/** Transpose: samples stay in front. */
function transpose(node: OnnxNode): Flow {
  const x = node.flow(0);
  const [batch, ...axes] = node.ints("perm") ??
    [...x.shape.map((_, i) => x.shape.length - i), 0];
  if (batch === 0) return node.layer(exchange(axes), x);
  return node.refuse(
    `it moves the batch from axis 0 to another: expected perm to begin with 0, got [${batch}, ${axes}]`,
  );
}

/** Concat, of constants too. */
function concat(node: OnnxNode): Flow {
  const inputs = node.inputs.map((_, i) => i);
  const first = node.flow(inputs.find((i) => node.inputs[i]?.kind === "flow") ?? 0);
  const [axis = 1] = axesOf(node, [node.int("axis", 1)], first);
  const flows = inputs.map((i) => {
    if (node.inputs[i]?.kind === "flow") return node.flow(i);
    const constant = node.constant(i);
    const [batch, ...sample] = constant.shape;
    if (batch !== 1) {
      node.refuse(`expected a constant that is the same for every sample, got [${constant.shape}]`);
    }
    const layer = constantValue(constant.shape, {}, sample);
    return node.layer(layer, first, { value: constant }, `${node.output}.${i}`);
  });
  return flows.length === 1 ? flows[0]! : node.layer(concatenation({ axis }), flows);
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

/** How numbers are arranged. */
export const arrangementOps: Ops = {
  Flatten: flatten,
  Transpose: transpose,
  Concat: concat,
  Pad: pad,
};
