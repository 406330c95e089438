import { gather as taken } from "../../../layers/gather.ts";
import { slice as cut } from "../../../layers/slice.ts";
import { axesOf, layoutWithout } from "../axes.ts";
import { alike, laidOut } from "../layout.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "./op.ts";
import { reshaped } from "../reshaped.ts";
import { askedSlices, clamped, isWholeBatch, type SliceRange } from "../slices.ts";
import { fileShape, type Flow, layoutOf } from "../values.ts";

/** Split: lengths are an attribute before opset 13, an input since; without them, parts have equal lengths. */
function split(node: OnnxNode): Flow[] {
  const x = node.anyFlow(0);
  const [axis = 1] = axesOf(node, [node.int("axis", 0)], x);
  const extent = x.shape[axis - 1]!;
  const parts = node.opset < 18
    ? node.outputs.length
    : node.int("num_outputs", node.outputs.length);
  const each = Math.ceil(extent / parts);
  const lengths = (node.opset < 13 ? node.ints("split") : node.numbers(1)) ??
    Array.from({ length: parts }, (_, i) => Math.min(each, extent - i * each));
  if (lengths.reduce((sum, n) => sum + n, 0) !== extent || lengths.length !== node.outputs.length) {
    node.refuse(`expected ${node.outputs.length} parts of ${extent} places, got [${lengths}]`);
  }
  return lengths.map((length, i) => {
    const start = lengths.slice(0, i).reduce((sum, n) => sum + n, 0);
    const part = cut({ axis, start, end: start + length });
    return alike(x, node.layer(part, x, {}, node.outputs[i]));
  });
}

/** Slice, axis by axis. */
function slice(node: OnnxNode): Flow {
  const x = node.anyFlow(0);
  const whole = fileShape(x);
  const real = askedSlices(node, whole.length).flatMap((asked) => {
    const extent = whole[asked.axis]!;
    if (layoutOf(x)[asked.axis]!.includes(0)) {
      return isWholeBatch(node, asked, extent) ? [] : [asked];
    }
    const { start, end, step } = clamped(asked, extent);
    const isWhole = start === 0 && step === 1 && end === extent;
    return isWhole ? [] : [{ ...asked, start, end }];
  });
  return real.reduce((value, range, i) => {
    const name = i === real.length - 1 ? node.output : `${node.output}.${i}`;
    return sliced(node, value, range, name);
  }, x);
}

function sliced(
  node: OnnxNode,
  x: Flow,
  { axis: at, start, end, step }: SliceRange,
  name: string,
): Flow {
  const [axis = 1] = axesOf(node, [at], x);
  if (step > 0) return alike(x, node.layer(cut({ axis, start, end, step }), x, {}, name));
  const count = Math.max(0, Math.ceil((end - start) / step));
  const places = Array.from({ length: count }, (_, i) => start + i * step);
  return alike(x, node.layer(taken(places, axis), x, {}, name));
}

/** Gather of known positions. */
function gather(node: OnnxNode): Flow {
  const x = node.anyFlow(0);
  const [axis = 1] = axesOf(node, [node.int("axis", 0)], x);
  const index = node.inputs[1];
  const extent = x.shape[axis - 1]!;
  const places = (node.numbers(1) ?? []).map((place) => place < 0 ? place + extent : place);
  const rank = index?.kind === "known" ? index.shape.length : 1;
  if (rank > 1) node.refuse(`expected a list of places, got a shape [${index!.shape}]`);
  if (rank === 1) return alike(x, node.layer(taken(places, axis), x));
  const one = node.layer(taken(places, axis), x, {}, `${node.output}.0`);
  return laidOut(
    reshaped(node, one, one.shape.toSpliced(axis - 1, 1)),
    layoutWithout(x, [axis]),
  );
}

/** Parts of values. */
export const partOps: Ops = { Split: split, Slice: slice, Gather: gather };
