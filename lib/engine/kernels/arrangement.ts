import * as tf from "@tensorflow/tfjs";
import type { DType, Graph, Value } from "../tracing/graph.ts";
import { size } from "../nd_array.ts";
import { registerEmitter } from "../tracing/trace_backend.ts";
import { cast } from "./elementwise.ts";
import { normalizeAxes, reshape } from "./shapes.ts";

registerEmitter("Reshape", ({ graph, inputs: [x], attributes }) => {
  attributes.only("shape");
  const shape = attributes.numbers("shape");
  const known = -size(shape);
  return reshape(graph, x!, shape.map((extent) => extent === -1 ? size(x!.shape) / known : extent));
});

registerEmitter("ExpandDims", ({ graph, inputs: [x], attributes }) => {
  attributes.only("dim");
  return expandDims(graph, x!, attributes.number("dim"));
});

/** Adds an axis of extent 1; from the end if negative. */
function expandDims(graph: Graph, x: Value, axis: number): Value {
  return reshape(graph, x, x.shape.toSpliced(axis < 0 ? axis + x.shape.length + 1 : axis, 0, 1));
}

registerEmitter("Transpose", ({ graph, inputs: [x], attributes }) => {
  attributes.only("perm");
  return transpose(graph, x!, attributes.numbers("perm"));
});

/** Adds a transpose; one that moves only axes of extent 1 is a reshape. */
export function transpose(graph: Graph, x: Value, perm: readonly number[]): Value {
  const shape = perm.map((axis) => x.shape[axis]!);
  const moved = perm.filter((axis) => x.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || moved[i - 1]! < axis)) return reshape(graph, x, shape);
  return graph.node("Transpose", [x], { shape, dtype: x.dtype }, { perm });
}

registerEmitter("Concat", ({ graph, inputs, attributes }) => {
  attributes.only("axis");
  return concat(graph, inputs, attributes.number("axis"));
});

registerEmitter("Pack", ({ graph, inputs, attributes }) => {
  attributes.only("axis");
  const axis = attributes.number("axis");
  return concat(graph, inputs.map((x) => expandDims(graph, x, axis)), axis);
});

function concat(graph: Graph, values: readonly Value[], axis: number): Value {
  const first = values[0]!;
  const at = axis < 0 ? axis + first.shape.length : axis;
  const extent = values.reduce((sum, { shape }) => sum + shape[at]!, 0);
  return graph.node("Concat", values, { shape: first.shape.with(at, extent), dtype: first.dtype }, {
    axis: at,
  });
}

registerEmitter("SplitV", ({ graph, inputs: [x], attributes }) => {
  attributes.only("numOrSizeSplits", "axis");
  const [axis = 0] = normalizeAxes([attributes.number("axis")], x!.shape.length);
  const given = attributes.raw("numOrSizeSplits") as number | number[];
  const info = { dataId: x!, shape: [...x!.shape], dtype: "float32" } as tf.TensorInfo;
  return split(graph, x!, tf.backend_util.prepareSplitSize(info as tf.Tensor, given, axis), axis);
});

registerEmitter("Unpack", ({ graph, inputs: [x], attributes }) => {
  attributes.only("axis");
  const [axis = 0] = normalizeAxes([attributes.number("axis")], x!.shape.length);
  const pieces = split(graph, x!, Array.from({ length: x!.shape[axis]! }, () => 1), axis);
  return pieces.map((piece) => reshape(graph, piece, x!.shape.toSpliced(axis, 1)));
});

/** Cuts a value into pieces of these extents along an axis. */
function split(graph: Graph, x: Value, extents: readonly number[], axis: number): readonly Value[] {
  const types = extents.map((extent) => ({ shape: x.shape.with(axis, extent), dtype: x.dtype }));
  if (x.uniform !== undefined) {
    return types.map(({ shape, dtype }) => graph.uniform(x.uniform!, shape, dtype));
  }
  return graph.nodeOutputs("Split", [x, graph.integers(extents)], types, { axis });
}

registerEmitter("Slice", ({ graph, inputs: [x], attributes }) => {
  attributes.only("begin", "size");
  const size = attributes.has("size") ? attributes.numbers("size") : undefined;
  const info: tf.TensorInfo = { dataId: x!, shape: [...x!.shape], dtype: "float32" };
  const [starts, shape] = tf.slice_util.parseSliceParams(
    info,
    attributes.numbers("begin"),
    size,
  ) as [number[], number[]];
  tf.slice_util.assertParamsValid(info, starts, shape);
  const ends = starts.map((start, axis) => start + shape[axis]!);
  const type = { shape, dtype: x!.dtype };
  return graph.node("Slice", [x!, graph.integers(starts), graph.integers(ends)], type);
});

registerEmitter("StridedSlice", ({ graph, inputs: [x], attributes }) => {
  const masks = ["beginMask", "endMask", "ellipsisMask", "newAxisMask", "shrinkAxisMask"];
  attributes.only("begin", "end", "strides", ...masks);
  const [begins, ends, steps] = ["begin", "end", "strides"].map((name) => attributes.numbers(name));
  const bad = masks.find((mask) => attributes.number(mask) !== 0);
  if (bad || steps!.some((step) => step < 1)) {
    throw new Error(
      `tracing StridedSlice: expected no masks and positive strides, got ${bad} and [${steps}]`,
    );
  }
  const { finalShapeSparse: shape, begin, end, strides } = tf.slice_util
    .sliceInfo([...x!.shape], begins!, ends!, steps!, 0, 0, 0, 0, 0);
  const axes = shape.map((_, axis) => axis);
  const numbers = [begin, end, axes, strides].map((list) => graph.integers(list));
  return graph.node("Slice", [x!, ...numbers], { shape, dtype: x!.dtype });
});

registerEmitter("Tile", ({ graph, inputs: [x], attributes }) => {
  attributes.only("reps");
  const reps = attributes.numbers("reps");
  const shape = x!.shape.map((extent, axis) => extent * reps[axis]!);
  if (x!.uniform !== undefined) return graph.uniform(x!.uniform, shape, x!.dtype);
  return graph.node("Tile", [x!, graph.integers(reps)], { shape, dtype: x!.dtype });
});

registerEmitter("PadV2", ({ graph, inputs: [x], attributes }) => {
  attributes.only("paddings", "constantValue");
  const paddings = attributes.raw("paddings") as number[][];
  const pads = graph.integers([
    ...paddings.map(([before]) => before!),
    ...paddings.map(([, after]) => after!),
  ]);
  const shape = x!.shape.map((extent, axis) => extent + paddings[axis]![0]! + paddings[axis]![1]!);
  const fill = graph.uniform(attributes.number("constantValue"), [], x!.dtype);
  return graph.node("Pad", [x!, pads, fill], { shape, dtype: x!.dtype });
});

registerEmitter("Fill", ({ graph, attributes }) => {
  attributes.only("shape", "value", "dtype");
  const dtype = attributes.has("dtype") ? attributes.text("dtype") as DType : "float32";
  return graph.uniform(attributes.number("value"), attributes.numbers("shape"), dtype);
});

registerEmitter("GatherV2", ({ graph, inputs: [x, indices], attributes }) => {
  attributes.only("axis", "batchDims");
  const axis = attributes.has("axis") ? attributes.number("axis") : 0;
  if (attributes.has("batchDims") && attributes.number("batchDims") !== 0) {
    throw new Error(
      `tracing GatherV2: expected batchDims 0, got ${attributes.number("batchDims")}`,
    );
  }
  const shape = x!.shape.toSpliced(axis, 1, ...indices!.shape);
  return graph.node("Gather", [x!, indices!], { shape, dtype: x!.dtype }, { axis });
});

registerEmitter("OneHot", ({ graph, inputs: [indices], attributes }) => {
  attributes.only("depth", "onValue", "offValue", "dtype");
  const depth = attributes.number("depth");
  const classes = graph.constant(Int32Array.from({ length: depth }, (_, k) => k), [depth], "int32");
  const shape = [...indices!.shape, depth];
  const column = reshape(graph, cast(graph, indices!, "int32"), [...indices!.shape, 1]);
  const equal = graph.node("Equal", [column, classes], { shape, dtype: "bool" });
  const dtype = attributes.has("dtype") ? attributes.text("dtype") as DType : "float32";
  const [on, off] = ["onValue", "offValue"].map((name) =>
    graph.uniform(attributes.number(name), shape, dtype)
  );
  return graph.node("Where", [equal, on!, off!], { shape, dtype });
});

registerEmitter("Select", ({ graph, inputs: [condition, yes, no], attributes }) => {
  attributes.only();
  return graph.node("Where", [condition!, yes!, no!], yes!);
});

registerEmitter("Range", ({ graph, attributes }) => {
  attributes.only("start", "stop", "step", "dtype");
  const [start, stop, by] = ["start", "stop", "step"].map((name) => attributes.number(name)) as [
    number,
    number,
    number,
  ];
  // TensorFlow.js counts down by itself when the step is the default one.
  const step = by === 1 && stop < start ? -1 : by;
  const length = Math.max(0, Math.ceil((stop - start) / step));
  const numbers = Array.from({ length }, (_, i) => start + i * step);
  const float = attributes.text("dtype") === "float32";
  return graph.constant(
    float ? Float32Array.from(numbers) : Int32Array.from(numbers),
    [length],
    float ? "float32" : "int32",
  );
});
