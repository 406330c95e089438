import { size } from "../../../engine/nd_array.ts";
import { shape } from "../ops/shapes.ts";
import { elementTypes } from "../element_types.ts";
import type { OnnxNode } from "../onnx_node.ts";
import { type Known, known, type Stored, type Value } from "../values.ts";
import { valueOf } from "../value_of.ts";
import type { Folds } from "./folds.ts";
import { knownInput } from "./known_input.ts";

/** The most numbers in a constant that a known shape defines; one with a value for every sample has more. */
const most = 1e6;

/** Constant: a tensor, or numbers. */
function constant(node: OnnxNode): Value {
  const tensor = node.tensor("value");
  if (tensor) return valueOf({ ...tensor, name: node.output });
  const [ints, floats] = [node.ints("value_ints"), node.floats("value_floats")];
  if (ints) return known(ints);
  if (floats) return stored(node, floats, [floats.length]);
  const float = node.float("value_float", NaN);
  if (!Number.isNaN(float)) return stored(node, [float], []);
  const int = node.int("value_int", NaN);
  return Number.isNaN(int) ? node.refuse("it has no value that is read") : known([int], []);
}

function stored(node: OnnxNode, numbers: readonly number[], shape: readonly number[]): Stored {
  return { kind: "stored", name: node.output, shape, data: Float32Array.from(numbers) };
}

function constantOfShape(node: OnnxNode): Known {
  const shape = node.numbers(0) ?? [];
  if (size(shape) > most) node.refuse(`expected at most ${most} numbers, got the shape [${shape}]`);
  const value = node.tensor("value");
  const number = value?.numbers[0] ?? 0;
  const whole = value ? !value.type.float : false;
  return known(Array.from({ length: size(shape) }, () => number), shape, whole);
}

function range(node: OnnxNode): Known {
  const [start, limit, step] = [0, 1, 2].map((i) => knownInput(node, i)) as [Known, Known, Known];
  const [from, to, by] = [start, limit, step].map(({ numbers }) => numbers[0] ?? NaN) as [
    number,
    number,
    number,
  ];
  const length = Math.max(0, Math.ceil((to - from) / by));
  if (!(length <= most)) node.refuse(`expected at most ${most} numbers, got ${length}`);
  const numbers = Array.from({ length }, (_, i) => from + i * by);
  return known(numbers, [length], start.whole && step.whole);
}

/** Identity of a tensor of the file: a separate parameter, since torch stores equal tensors once. */
function identity(node: OnnxNode): Value {
  const value = node.inputs[0];
  if (value?.kind !== "stored") return knownInput(node, 0);
  if (value.arrangement) return value;
  return { ...value, name: node.output, copyOf: value.name, data: value.data.slice() };
}

/** Cast of known numbers; tensors of the file are computed with in float32 anyway. */
function cast(node: OnnxNode): Value {
  const dataType = node.int("to", 0);
  const type = elementTypes[dataType] ?? node.refuse("it gives a type that cannot be read");
  const value = node.inputs[0];
  if (value?.kind === "stored" && type.float) return { ...value, dataType };
  const { numbers, shape } = knownInput(node, 0);
  const converted = type.float
    ? numbers
    : numbers.map(type.name === "bool" ? (x) => Number(x !== 0) : Math.trunc);
  return known(converted, shape, !type.float);
}

/** Constants and nodes that make them. */
export const constantFolds: Folds = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  Identity: identity,
  Cast: cast,
  Shape: shape,
};
