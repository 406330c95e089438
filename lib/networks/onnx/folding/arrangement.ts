import * as tf from "@tensorflow/tfjs";
import { size } from "../../../engine/nd_array.ts";
import type { OnnxNode } from "../onnx_node.ts";
import { askedSlices, clamped } from "../slices.ts";
import { arranged, batchSize, type Known, known, type Stored } from "../values.ts";
import type { Folds } from "./folds.ts";
import { indexesFrom, stridesOf } from "./indexes.ts";
import { knownInput } from "./known_input.ts";

/** The numbers at some positions, as an array of another shape. */
function picked(x: Known, positions: readonly number[], shape: readonly number[]): Known {
  return known(positions.map((at) => x.numbers[at]!), shape, x.whole);
}

function axisOf(node: OnnxNode, rank: number): number {
  const axis = node.int("axis", 0);
  const at = axis < 0 ? axis + rank : axis;
  return at >= 0 && at < rank ? at : node.refuse(`expected an axis below ${rank}, got ${axis}`);
}

/** A value with another shape, its numbers in their order: known ones, or a tensor of the file. */
function reshaped(
  node: OnnxNode,
  shapeOf: (node: OnnxNode, shape: readonly number[]) => readonly number[],
): Known | Stored {
  const value = node.inputs[0];
  if (value?.kind === "stored") {
    const shape = shapeOf(node, value.shape);
    return arranged(value, shape, (tensor) => tf.reshape(tensor, [...shape]));
  }
  const x = knownInput(node, 0);
  return known(x.numbers, shapeOf(node, x.shape), x.whole);
}

function reshape(node: OnnxNode): Known | Stored {
  return reshaped(node, (node, own) => {
    const keepsZeros = node.int("allowzero", 0) !== 0;
    const asked = (node.numbers(1) ?? []).map((extent, i) =>
      extent === 0 && !keepsZeros ? own[i] ?? 0 : extent
    );
    const rest = -size(asked);
    const shape = asked.map((extent) => extent === -1 ? size(own) / rest : extent);
    if (size(shape) === size(own)) return shape;
    return node.refuse(`expected a shape of ${size(own)} numbers, got [${asked}]`);
  });
}

function transpose(node: OnnxNode): Known | Stored {
  const { shape: own = [] } = node.inputs[0] ?? {};
  const perm = node.ints("perm") ?? own.map((_, i) => own.length - 1 - i);
  const value = node.inputs[0];
  if (value?.kind === "stored") {
    const shape = perm.map((axis) => own[axis] ?? 0);
    return arranged(value, shape, (tensor) => tf.transpose(tensor, [...perm]), perm);
  }
  const x = knownInput(node, 0);
  const shape = perm.map((axis) => x.shape[axis] ?? 0);
  const strides = stridesOf(x.shape);
  const places = stridesOf(shape);
  const positions = Array.from(
    { length: size(shape) },
    (_, flat) =>
      perm.reduce(
        (at, axis, i) => at + Math.floor(flat / places[i]!) % shape[i]! * strides[axis]!,
        0,
      ),
  );
  return picked(x, positions, shape);
}

/** Gather; for a tensor of the file, such as a table of position biases, it takes rows. */
function gather(node: OnnxNode): Known | Stored {
  const [value, index] = node.inputs;
  if (value?.kind === "stored" && value.data.length > 1 && index?.kind === "known") {
    const { shape: [rows = 0, ...others] } = value;
    if (node.int("axis", 0) !== 0) node.refuse("expected rows of a tensor of the file, axis 0");
    const places = index.numbers.map((place) => place < 0 ? place + rows : place);
    const shape = [...index.shape, ...others];
    return arranged(value, shape, (table) => {
      // A matrix product, since the gradient of tf.gather is not among the traced kernels.
      const chosen = tf.oneHot(tf.tensor1d(places, "int32"), rows, 1, 0, "float32");
      return tf.reshape(tf.matMul(chosen, tf.reshape(table, [rows, -1])), shape);
    });
  }
  const [x, at] = [knownInput(node, 0), knownInput(node, 1)];
  const axis = axisOf(node, x.shape.length);
  const extent = x.shape[axis]!;
  const inner = size(x.shape.slice(axis + 1));
  const places = at.numbers.map((place) => place < 0 ? place + extent : place);
  if (places.some((place) => !(place >= 0 && place < extent))) {
    node.refuse(`expected places below ${extent}, got [${at.numbers}]`);
  }
  const outer = size(x.shape.slice(0, axis));
  const positions = Array.from(
    { length: outer },
    (_, o) =>
      places.map((place) =>
        Array.from({ length: inner }, (_, i) => (o * extent + place) * inner + i)
      ),
  );
  return picked(x, positions.flat(2), x.shape.toSpliced(axis, 1, ...at.shape));
}

function slice(node: OnnxNode): Known {
  const { shape: whole } = knownInput(node, 0);
  return askedSlices(node, whole.length).reduce((x, asked) => {
    const { axis, start, end, step } = clamped(asked, whole[asked.axis]!);
    const count = Math.max(0, Math.ceil((end - start) / step));
    const shape = x.shape.with(axis, count);
    const strides = stridesOf(shape);
    const source = stridesOf(x.shape);
    const positions = Array.from(
      { length: size(shape) },
      (_, flat) =>
        shape.reduce((at, extent, i) => {
          const place = Math.floor(flat / strides[i]!) % extent;
          return at + (i === axis ? start + place * step : place) * source[i]!;
        }, 0),
    );
    return picked(x, positions, shape);
  }, knownInput(node, 0));
}

function concat(node: OnnxNode): Known {
  const inputs = node.inputs.map((_, i) => knownInput(node, i));
  const first = inputs[0]!;
  const axis = axisOf(node, first.shape.length);
  const outer = size(first.shape.slice(0, axis));
  const numbers = Array.from({ length: outer }, (_, o) =>
    inputs.map((x) => {
      const length = x.numbers.length / outer;
      return x.numbers.slice(o * length, (o + 1) * length);
    }));
  const extent = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  const whole = inputs.every((x) => x.whole);
  return known(numbers.flat(2), first.shape.with(axis, extent), whole);
}

/** Axes of Squeeze and Unsqueeze. */
function axesOf(node: OnnxNode, rank: number): number[] | undefined {
  const given = node.opset < 13 ? node.ints("axes") : node.numbers(1);
  return given?.map((axis) => axis < 0 ? axis + rank : axis);
}

function squeeze(node: OnnxNode): Known | Stored {
  return reshaped(node, (node, shape) => {
    const axes = axesOf(node, shape.length) ??
      shape.flatMap((extent, i) => extent === 1 ? [i] : []);
    return shape.filter((_, i) => !axes.includes(i));
  });
}

function unsqueeze(node: OnnxNode): Known | Stored {
  return reshaped(node, (node, shape) => {
    const count = (node.opset < 13 ? node.ints("axes") : node.numbers(1))?.length ?? 0;
    const axes = axesOf(node, shape.length + count) ?? [];
    return axes.toSorted((a, b) => a - b)
      .reduce<readonly number[]>((shape, axis) => shape.toSpliced(axis, 0, 1), shape);
  });
}

/** Expand; a value repeated for every sample is stored once, as a token. */
function expand(node: OnnxNode): Known | Stored {
  const value = node.inputs[0];
  const given = node.numbers(1) ?? [];
  const isRepeated = given.some((extent) => extent === batchSize);
  const asked = given.map((extent) => extent === batchSize ? 1 : extent);
  if (value?.kind === "stored" && value.data.length > 1) {
    const rank = Math.max(asked.length, value.shape.length);
    const shape = Array.from(
      { length: rank },
      (_, axis) =>
        Math.max(
          asked[axis - rank + asked.length] ?? 1,
          value.shape[axis - rank + value.shape.length] ?? 1,
        ),
    );
    const repeated = String(shape) === String(value.shape)
      ? value
      : arranged(value, shape, (tensor) => tf.mul(tensor, tf.ones(shape)));
    return { ...repeated, isRepeated };
  }
  const x = knownInput(node, 0);
  const rank = Math.max(asked.length, x.shape.length);
  const shape = Array.from({ length: rank }, (_, axis) =>
    Math.max(
      asked[axis - rank + asked.length] ?? 1,
      x.shape[axis - rank + x.shape.length] ?? 1,
    ));
  return picked(x, indexesFrom(shape, x.shape), shape);
}

function tile(node: OnnxNode): Known {
  const x = knownInput(node, 0);
  const repeats = node.numbers(1) ?? [];
  const shape = x.shape.map((extent, axis) => extent * (repeats[axis] ?? 1));
  const [places, strides] = [stridesOf(shape), stridesOf(x.shape)];
  const positions = Array.from(
    { length: size(shape) },
    (_, flat) =>
      shape.reduce((at, extent, axis) => {
        const place = Math.floor(flat / places[axis]!) % extent;
        return at + place % x.shape[axis]! * strides[axis]!;
      }, 0),
  );
  return picked(x, positions, shape);
}

/** ScatterND: replaces some numbers, as in windows' masks. */
function scatter(node: OnnxNode): Known {
  const [x, at, updates] = [0, 1, 2].map((i) => knownInput(node, i)) as [Known, Known, Known];
  if (node.text("reduction", "none") !== "none") node.refuse("expected no reduction");
  const depth = at.shape.at(-1) ?? 0;
  const strides = stridesOf(x.shape);
  const inner = size(x.shape.slice(depth));
  const numbers = [...x.numbers];
  for (let i = 0; i < at.numbers.length / depth; i++) {
    const place = at.numbers.slice(i * depth, (i + 1) * depth).reduce(
      (sum, index, axis) => sum + (index < 0 ? index + x.shape[axis]! : index) * strides[axis]!,
      0,
    );
    for (let j = 0; j < inner; j++) numbers[place + j] = updates.numbers[i * inner + j]!;
  }
  return known(numbers, x.shape, x.whole);
}

/** Arrangement of known values. */
export const arrangementFolds: Folds = {
  Reshape: reshape,
  Transpose: transpose,
  Gather: gather,
  Slice: slice,
  Concat: concat,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Expand: expand,
  Tile: tile,
  ScatterND: scatter,
};
