import { size } from "../../../engine/nd_array.ts";
import type { OnnxNode } from "../onnx_node.ts";
import { type Known, known } from "../values.ts";
import { knownInput } from "./known_input.ts";
import type { Folds } from "./folds.ts";
import { indexesFrom } from "./indexes.ts";

type Unary = (x: number) => number;
type Binary = (a: number, b: number) => number;

const unary: Readonly<Record<string, Unary>> = {
  Floor: Math.floor,
  Ceil: Math.ceil,
  Neg: (x) => -x,
  Abs: Math.abs,
  Sqrt: Math.sqrt,
  Not: (x) => Number(!x),
};

const binary: Readonly<Record<string, Binary>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Pow: (a, b) => a ** b,
  Equal: (a, b) => Number(a === b),
  Greater: (a, b) => Number(a > b),
  Less: (a, b) => Number(a < b),
  And: (a, b) => Number(a && b),
  Or: (a, b) => Number(a || b),
};

/** Operations of any number of values. */
const variadic: Readonly<Record<string, Binary>> = { Max: Math.max, Min: Math.min };

function mapped(node: OnnxNode, apply: Unary): Known {
  const x = knownInput(node, 0);
  return known(x.numbers.map(apply), x.shape, x.whole);
}

/** An operation of all inputs, one after another. */
function combinedAll(node: OnnxNode, apply: Binary): Known {
  const others = node.inputs.slice(1).map((_, i) => knownInput(node, i + 1));
  return others.reduce((all, x) => combined(all, x, apply), knownInput(node, 0));
}

/** An operation of two known values, broadcast. */
export function combined(a: Known, b: Known, apply: Binary): Known {
  const rank = Math.max(a.shape.length, b.shape.length);
  const at = (shape: readonly number[], axis: number) => shape[axis - rank + shape.length] ?? 1;
  const shape = Array.from({ length: rank }, (_, axis) => {
    const [left, right] = [at(a.shape, axis), at(b.shape, axis)];
    return left === 1 ? right : left;
  });
  const [left, right] = [indexesFrom(shape, a.shape), indexesFrom(shape, b.shape)];
  const numbers = Array.from(
    { length: size(shape) },
    (_, i) => apply(a.numbers[left[i]!]!, b.numbers[right[i]!]!),
  );
  return known(numbers, shape, a.whole && b.whole);
}

/** Whole numbers drop the remainder. */
function div(node: OnnxNode): Known {
  const [a, b] = [knownInput(node, 0), knownInput(node, 1)];
  const whole = a.whole && b.whole;
  return combined(a, b, (a, b) => whole ? Math.trunc(a / b) : a / b);
}

/** Mod: the remainder has the sign of the divisor, or, with fmod, of the dividend. */
function mod(node: OnnxNode): Known {
  const truncated = node.int("fmod", 0) !== 0;
  return combined(
    knownInput(node, 0),
    knownInput(node, 1),
    (a, b) => truncated ? a % b : a - b * Math.floor(a / b),
  );
}

function where(node: OnnxNode): Known {
  const [condition, yes, no] = [0, 1, 2].map((i) => knownInput(node, i)) as [Known, Known, Known];
  const chosen = combined(condition, yes, (chosen, value) => chosen ? value : NaN);
  return combined(chosen, no, (value, other) => Number.isNaN(value) ? other : value);
}

/** Arithmetic of known values. */
export const elementwiseFolds: Folds = {
  ...Object.fromEntries(
    Object.entries(unary).map(([op, apply]) => [op, (node) => mapped(node, apply)]),
  ),
  ...Object.fromEntries(
    Object.entries(binary).map(([op, apply]) => [
      op,
      (node) => combined(knownInput(node, 0), knownInput(node, 1), apply),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(variadic).map(([op, apply]) => [op, (node) => combinedAll(node, apply)]),
  ),
  Div: div,
  Mod: mod,
  Where: where,
};
