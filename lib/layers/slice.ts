import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../engine/tensor.ts";
import { UserError } from "../engine/user_error.ts";
import { checkOptions, whole } from "./checks/check_options.ts";
import type { FlattenedShape } from "./flatten.ts";
import type { Layer } from "./layer.ts";

/** The options of {@link slice}. */
export interface SliceOptions {
  /** Counted as in PyTorch, with the batch as axis 0: 1 for channels. */
  readonly axis: number;
  /** The first position to keep. */
  readonly start: number;
  /** The position after the last one that may be kept. */
  readonly end: number;
  /** Distance between the positions to keep, at least 1; 1 unless given. */
  readonly step?: number;
}

/**
 * Keeps some positions along one axis. Its reverse layer puts zeros elsewhere.
 *
 * @throws {UserError} for an option outside its range; in use, when the input does not have this axis or these positions.
 */
export function slice({ axis, start, end, step = 1 }: SliceOptions): Layer<FlattenedShape> {
  checkOptions("a slice", [whole(1), { axis, step }], [whole(0), { start, end }]);
  const count = Math.ceil((end - start) / step);
  const cut = (x: Tensor) => everyNth(range(x, axis, start, end), axis, step);
  return {
    describe(inputShape) {
      const extent = inputShape[axis - 1] ?? 0;
      if (!(start < end && end <= extent)) {
        throw new UserError(
          `building a slice: expected 0 <= start < end <= ${extent} along axis ${axis} of the shape [${inputShape}], got ${start} and ${end}`,
        );
      }
      return { outputShape: inputShape.with(axis - 1, count) };
    },
    forward: (_, x) => ({ output: cut(x), trace: { shape: x.shape.slice(1) } }),
    reverse(_, { shape }, gradient) {
      const apart = range(spreadOut(gradient, axis, step), axis, 0, end - start);
      return padded(apart, axis, start, shape[axis - 1]! - end);
    },
    linearize: (_, __, v) => cut(v),
  };
}

/** The positions from `start` to `end`, or to the last one. */
function range(x: Tensor, axis: number, start: number, end: number): Tensor {
  const extent = x.shape[axis]!;
  if (start === 0 && end >= extent) return x;
  const begin = x.shape.map((_, i) => i === axis ? start : 0);
  return tf.slice(x, begin, x.shape.with(axis, Math.min(end, extent) - start));
}

/** Zeros before and after, along an axis. */
function padded(x: Tensor, axis: number, before: number, after: number): Tensor {
  if (before === 0 && after === 0) return x;
  return tf.pad(x, x.shape.map((_, i) => i === axis ? [before, after] : [0, 0]));
}

/** The first of every n positions, with gradients, which TensorFlow.js's strided slices lack. */
function everyNth(x: Tensor, axis: number, n: number): Tensor {
  if (n === 1) return x;
  const extent = x.shape[axis]!;
  const count = Math.ceil(extent / n);
  const whole = padded(x, axis, 0, count * n - extent);
  const groups = tf.reshape(whole, x.shape.toSpliced(axis, 1, count, n));
  return tf.reshape(range(groups, axis + 1, 0, 1), x.shape.with(axis, count));
}

/** Every position followed by n - 1 zeros: the adjoint of {@link everyNth}. */
function spreadOut(x: Tensor, axis: number, n: number): Tensor {
  if (n === 1) return x;
  const extent = x.shape[axis]!;
  const apart = padded(tf.reshape(x, x.shape.toSpliced(axis + 1, 0, 1)), axis + 1, 0, n - 1);
  return tf.reshape(apart, x.shape.with(axis, extent * n));
}
