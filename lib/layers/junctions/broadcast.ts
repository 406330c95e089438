import * as tf from "@tensorflow/tfjs";
import { maskRows } from "../../engine/primitives/pooling.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { UserError } from "../../engine/user_error.ts";

/**
 * The shape of a junction that works element by element: all its inputs, at least two, have the same number of axes, and along
 * each the same extent, or 1, which is repeated.
 *
 * @param what The junction, for the message: "a sum".
 * @param most How many inputs it takes at most.
 * @throws {UserError} when the shapes do not fit, or there are too few or too many.
 */
export function broadcastShape(
  inputShapes: readonly (readonly number[])[],
  what: string,
  most = Infinity,
): readonly number[] {
  const [first = [], ...others] = inputShapes;
  const shape = first.map((_, axis) =>
    inputShapes.map((one) => one[axis]!).find((n) => n !== 1) ?? 1
  );
  const fits = (one: readonly number[]) =>
    one.length === shape.length && one.every((n, axis) => n === 1 || n === shape[axis]);
  if (others.length < 1 || others.length >= most || !inputShapes.every(fits)) {
    const wanted = most === 2 ? "two inputs" : "two or more inputs";
    throw new UserError(
      `building ${what}: expected ${wanted} of one shape, or with extents of 1, got ${
        listed(inputShapes)
      }`,
    );
  }
  return shape;
}

/** Shapes, for a message. */
export function listed(shapes: readonly (readonly number[])[]): string {
  return shapes.map((shape) => `[${shape}]`).join(", ") || "none";
}

/** The sum over the axes along which a value of a shape was repeated: the adjoint of broadcasting. */
export function summedTo(gradient: Tensor, shape: readonly number[]): Tensor {
  const axes = shape.flatMap((extent, i) => extent === gradient.shape[i + 1] ? [] : [i + 1]);
  return axes.length === 0 ? gradient : tf.sum(gradient, axes, true);
}

/** Multiplies K rows [N K, ...] with each row of a factor [N, ...], whose extents may be 1. */
export function multiplyRows(x: Tensor, factor: Tensor): Tensor {
  const rows = factor.shape[0]!;
  if (x.shape[0] === rows) return tf.mul(x, factor);
  if (String(x.shape.slice(1)) === String(factor.shape.slice(1))) return maskRows(x, factor);
  const apart = tf.reshape(x, [rows, x.shape[0]! / rows, ...x.shape.slice(1)]);
  return tf.reshape(tf.mul(apart, tf.expandDims(factor, 1)), x.shape);
}

/** The numbers a, [N, 1], to be broadcast with x. */
export function unitsFor(x: Tensor, unit: Tensor): Tensor {
  return tf.reshape(unit, [-1, ...x.shape.slice(1).map(() => 1)]);
}

/** Every row K times, [N, ...] to [N K, ...]. */
export function repeatRows(x: Tensor, rows: number): Tensor {
  if (rows === 1) return x;
  const [count, ...rest] = x.shape as [number, ...number[]];
  const ones = tf.ones([1, rows, ...rest.map(() => 1)]);
  return tf.reshape(tf.mul(tf.expandDims(x, 1), ones), [count * rows, ...rest]);
}
