import * as tf from "@tensorflow/tfjs";
import type { NDArray } from "../../engine/nd_array.ts";
import { array, checkOptions } from "../checks/check_options.ts";
import type { Junction } from "./junction.ts";
import { type Selection, selection } from "./selection.ts";

/**
 * The first input's numbers where a known condition holds, elsewhere the second's.
 *
 * @param condition 1 where it holds, elsewhere 0; broadcast with a sample from the last axis.
 * @throws {UserError} for an option outside its range; in use, when the inputs' shapes do not fit together.
 */
export function choose(condition: NDArray): Junction<Selection> {
  checkOptions("a choice", [array, { condition }]);
  return selection("a choice", (x1, x2) => {
    const rank = Math.max(x1.shape.length, x2.shape.length);
    const ones = Array.from({ length: rank - condition.shape.length }, () => 1);
    return tf.tensor(condition.data, [...ones, ...condition.shape]);
  });
}
