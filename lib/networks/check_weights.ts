import { excerpt } from "../engine/excerpt.ts";
import { firstNotFinite } from "../engine/finite.ts";
import { type NDArray, size } from "../engine/nd_array.ts";
import { UserError } from "../engine/user_error.ts";
import type { Weights } from "./weights.ts";
import { withWeightsSummary } from "./weights_summary.ts";

/** Makes the error for one thing wrong with one file. */
type Fail = (expected: string, came: string) => UserError;

/**
 * Checks that weights fit a network, by name and shape.
 *
 * @param weights The given weights.
 * @param expected The shape of every tensor, by name.
 * @param what The purpose or the origin of the weights, for the message: "lenet".
 * @returns The same weights, in the order of `expected`.
 * @throws {UserError} naming the first tensor that is missing, unexpected, of another shape, or not of as many 32-bit numbers.
 */
export function checkWeights(
  weights: Weights,
  expected: Readonly<Record<string, readonly number[]>>,
  what: string,
): Weights {
  const fail: Fail = (wanted, came) =>
    new UserError(`weights for ${what}: expected ${wanted}, got ${came}`);
  const missing = Object.keys(expected).find((name) => !Object.hasOwn(weights, name));
  if (missing !== undefined) throw fail(`a tensor ${missing}`, listNames(weights));
  const extra = Object.keys(weights).find((name) => !Object.hasOwn(expected, name));
  if (extra !== undefined) {
    throw fail(`only ${listNames(expected)}`, `a tensor ${excerpt(extra)} too`);
  }
  const entries = Object.entries(expected).map(([name, shape]) => {
    const tensor = weights[name]!;
    const same = shape.length === tensor.shape.length &&
      shape.every((extent, i) => extent === tensor.shape[i]);
    if (!same) {
      throw fail(
        `${name} of shape [${shape.join(", ")}]`,
        excerpt(`[${tensor.shape.join(", ")}]`),
      );
    }
    checkData(name, tensor, fail);
    return [name, tensor] as const;
  });
  return withWeightsSummary(Object.fromEntries(entries));
}

/**
 * Checks that all numbers of the weights are finite.
 *
 * @param doing What is being done with them, for the message: "attacking lenet".
 * @throws {UserError} naming the first tensor that holds NaN or an infinite number.
 */
export function checkFinite(weights: Weights, doing: string): void {
  for (const [name, { data }] of Object.entries(weights)) {
    const at = firstNotFinite(data);
    if (at < 0) continue;
    throw new UserError(`${doing}: expected weights of finite numbers, got ${data[at]} in ${name}`);
  }
}

/** The first names of a record, for a message. */
export function listNames(record: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(record);
  const more = names.length > 12 ? ` and ${names.length - 12} more` : "";
  return names.slice(0, 12).map(excerpt).join(", ") + more || "no tensors";
}

/** Throws unless a tensor holds as many 32-bit numbers as its shape says: the library's caller may have made it. */
function checkData(name: string, { shape, data }: NDArray, fail: Fail): void {
  if (!(data instanceof Float32Array)) throw fail(`${name} in a Float32Array`, "another value");
  if (data.length === size(shape)) return;
  throw fail(`${size(shape)} numbers in ${name}, as its shape says`, `${data.length}`);
}
