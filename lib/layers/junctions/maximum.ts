import * as tf from "@tensorflow/tfjs";
import type { Junction } from "./junction.ts";
import { type Selection, selection } from "./selection.ts";

/**
 * The larger of two inputs, element by element.
 *
 * @throws {UserError} in use, when the inputs' shapes do not fit together.
 */
export function maximum(): Junction<Selection> {
  return selection("a maximum", (x1, x2) => tf.cast(tf.greaterEqual(x1, x2), "float32"));
}

/**
 * The smaller of two inputs, element by element.
 *
 * @throws {UserError} in use, when the inputs' shapes do not fit together.
 */
export function minimum(): Junction<Selection> {
  return selection("a minimum", (x1, x2) => tf.cast(tf.lessEqual(x1, x2), "float32"));
}
