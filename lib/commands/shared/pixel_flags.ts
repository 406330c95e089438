import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { one, real } from "./flag_values.ts";
import { tensorsArePixels } from "../../data/tensors/tensors.ts";

/** What attacked inputs are: pixels 0-255, in which the attack stays, or a network's preprocessed inputs, unbounded. */
export type WithinFlag = "pixels" | "none";

/** What inputs, norms and strengths are measured in. */
export const unitsOf: Readonly<Record<WithinFlag, string>> = {
  pixels: "pixels 0-255",
  none: "preprocessed inputs",
};

/**
 * Reads --within: unless given, pixels, or none for a dataset whose inputs are not pixels.
 *
 * @param dataset What --dataset says.
 * @throws {UserError} (exit code 2) when it is another word, or pixels of a dataset that has none.
 */
export async function withinOf(text: string | undefined, dataset: string): Promise<WithinFlag> {
  const within = text && one("within", text, ["pixels", "none"]);
  const [, file] = /^tensors:(.+)$/s.exec(dataset) ?? [];
  if (file === undefined || within === "none" || await tensorsArePixels(file)) {
    return within || "pixels";
  }
  if (!within) return "none";
  throw new UserError(
    `reading --within: expected none, since ${file} holds float32 inputs (uint8 are pixels), got ${within}`,
    2,
  );
}

/** The largest pixel. */
const most = 255;

/**
 * Reads --epsilon, or a flag like it. In pixels, `8/255` is a fraction of the full range and a number from 1 on is in pixels 0-255; a number
 * between 0 and 1 could be either, and is refused. In preprocessed units, it is a number.
 *
 * @returns The strength, in pixels 0-255 or in preprocessed units.
 * @throws {UserError} (exit code 2) with both readings.
 */
export function epsilonOf(text: string, within: WithinFlag, flag = "epsilon"): number {
  if (within === "none") return real(flag, text, 0);
  const [above = "", below, ...more] = text.split("/");
  if (below !== undefined) {
    const parts = [real(flag, above, 0), real(flag, below, 0)] as const;
    if (more.length === 0 && parts[1] > 0) return most * parts[0] / parts[1];
    throw new UserError(
      `reading --${flag}: expected a fraction such as 8/255, got ${excerpt(text)}`,
      2,
    );
  }
  const number = real(flag, text, 0);
  if (number === 0 || number >= 1) return number;
  throw new UserError(
    `reading --${flag}: expected a fraction of the full range, such as 8/255, or pixels 0-255 from 1 on, got ${
      excerpt(text)
    }: write ${number}/1 for ${number} of the full range (${
      Number((most * number).toPrecision(6))
    } pixels), or ${number}/255 for ${number} pixels`,
    2,
  );
}
