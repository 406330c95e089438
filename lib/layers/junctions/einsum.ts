import * as tf from "@tensorflow/tfjs";
import { size } from "../../engine/nd_array.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { UserError } from "../../engine/user_error.ts";
import { listed } from "./broadcast.ts";
import { type FunctionTrace, junctionOfFunction } from "../of_function.ts";
import type { Junction } from "./junction.ts";

/**
 * Einstein's sum of two inputs, written with a letter per axis: "bhid,bhjd->bhij" is attention's product. All three parts
 * begin with the batch's letter; a letter of only one input stays in the output.
 *
 * @throws {UserError} when the equation has another form; in use, when it does not fit the inputs.
 */
export function einsum(equation: string): Junction<FunctionTrace> {
  const letters = lettersOf(String(equation));
  if (!letters) throw misfit(equation);
  return junctionOfFunction(
    ([x1, x2]) => product(letters, x1!, x2!),
    (inputShapes) => {
      const extents = extentsOf([letters.own1, letters.own2], inputShapes);
      if (!extents) throw misfit(`${equation} for ${listed(inputShapes)}`);
      return { outputShape: letters.out.map((letter) => extents.get(letter)!) };
    },
  );
}

function misfit(came: string): UserError {
  return new UserError(
    `building an Einstein sum: expected two inputs whose letters begin with the batch's, like "bij,bjk->bik", got ${came}`,
  );
}

/** The letters of an equation's parts, without the batch's. */
interface Letters {
  readonly own1: readonly string[];
  readonly own2: readonly string[];
  readonly out: readonly string[];
}

/** The axes of an equation that is a matrix product for every sample; undefined for others. */
function lettersOf(equation: string): Letters | undefined {
  const pattern = /^([a-zA-Z])([a-zA-Z]*),\1([a-zA-Z]*)->\1([a-zA-Z]*)$/;
  const parts = pattern.exec(equation.replaceAll(" ", ""))?.slice(2).map((word) => [...word]);
  if (!parts) return undefined;
  const [own1, own2, out] = parts as [string[], string[], string[]];
  const distinct = parts.every((own) => new Set(own).size === own.length);
  const alone = [...new Set(own1).symmetricDifference(new Set(own2))];
  const fits = alone.every((letter) => out.includes(letter)) &&
    out.every((letter) => own1.includes(letter) || own2.includes(letter));
  return distinct && fits ? { own1, own2, out } : undefined;
}

/** The sum as a product of matrices, one for each place along the axes that both inputs and the output have. */
function product({ own1, own2, out }: Letters, x1: Tensor, x2: Tensor): Tensor {
  const shared = own1.filter((letter) => own2.includes(letter));
  const both = shared.filter((letter) => out.includes(letter));
  const inner = shared.filter((letter) => !out.includes(letter));
  const left = own1.filter((letter) => !shared.includes(letter));
  const right = own2.filter((letter) => !shared.includes(letter));
  const extents = extentsOf([own1, own2], [x1, x2].map(({ shape }) => shape.slice(1)))!;
  const shapeOf = (letters: readonly string[]) => letters.map((letter) => extents.get(letter)!);
  const arrange = (x: Tensor, own: readonly string[], order: readonly string[]) =>
    tf.transpose(x, [0, ...order.map((letter) => own.indexOf(letter) + 1)]);
  const matrices = (x: Tensor, own: readonly string[], groups: readonly (readonly string[])[]) =>
    tf.reshape(arrange(x, own, groups.flat()), [
      x.shape[0]!,
      ...groups.map((group) => size(shapeOf(group))),
    ]);
  const products = tf.matMul(
    matrices(x1, own1, [both, left, inner]),
    matrices(x2, own2, [both, inner, right]),
  );
  const order = [...both, ...left, ...right];
  return arrange(tf.reshape(products, [x1.shape[0]!, ...shapeOf(order)]), order, out);
}

/** The extent of every letter; undefined where inputs do not fit. */
function extentsOf(
  letters: readonly (readonly string[])[],
  shapes: readonly (readonly number[])[],
): Map<string, number> | undefined {
  const extents = new Map<string, number>();
  if (shapes.length !== letters.length) return undefined;
  for (const [i, own] of letters.entries()) {
    if (shapes[i]!.length !== own.length) return undefined;
    for (const [axis, letter] of own.entries()) {
      const extent = shapes[i]![axis]!;
      if ((extents.get(letter) ?? extent) !== extent) return undefined;
      extents.set(letter, extent);
    }
  }
  return extents;
}
