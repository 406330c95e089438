import type { Dataset } from "../../data/dataset.ts";
import { caffeScale, torchvisionScale } from "../../data/pixel_scales.ts";
import { noScale, perChannel, type Scale, unitScale } from "../../data/scale.ts";
import { excerpt } from "../../engine/excerpt.ts";
import type { NDArray } from "../../engine/nd_array.ts";
import { UserError } from "../../engine/user_error.ts";
import { real } from "./flag_values.ts";
import { isOnnx } from "./model_file.ts";
import type { WithinFlag } from "./pixel_flags.ts";

/** What --scale says: a scale, or the dataset's own. */
export type ScaleChoice = Scale | "dataset";

/** The scales that have names. */
const named: Readonly<Record<string, Scale>> = {
  unit: unitScale,
  torchvision: torchvisionScale,
  caffe: caffeScale,
  none: noScale,
};

/** What --scale may be. */
export const scaleForms = `${
  Object.keys(named).join(", ")
}, dataset (its own scale) or mean:R,G,B[/std:R,G,B][/bgr]`;

/** What --help says of --scale. */
export const scaleHelp = `--scale HOW         how pixels become a model's inputs: ${scaleForms};
                      unit for an ONNX file, dataset for other files by default`;

/**
 * Reads --scale. Means and deviations are one number or one for every channel, in the order of the model's channels; of the range
 * 0-1 where none of them is above 1, else of 0-255.
 *
 * @throws {UserError} (exit code 2) when there is no such scale.
 */
export function scaleOf(text: string): ScaleChoice {
  if (text === "dataset") return text;
  const known = Object.hasOwn(named, text) ? named[text] : undefined;
  if (known) return known;
  const [, means, deviations, bgr] = /^mean:([^/]+)(?:\/std:([^/]+))?(\/bgr)?$/.exec(text) ?? [];
  if (means === undefined) {
    throw new UserError(`reading --scale: expected ${scaleForms}, got ${excerpt(text)}`, 2);
  }
  const mean = numbersOf(means);
  const deviation = numbersOf(deviations ?? "1");
  const unit = [...mean, ...deviation].every((number) => number <= 1) ? 255 : 1;
  const array = (numbers: readonly number[]): NDArray =>
    perChannel(numbers.map((number) => unit * number));
  if (deviation.includes(0)) {
    throw new UserError(`reading --scale: expected deviations above 0, got ${excerpt(text)}`, 2);
  }
  return {
    name: text,
    ...(bgr ? { order: [2, 1, 0] } : {}),
    mean: array(mean),
    deviation: array(deviation),
  };
}

/**
 * Reads --scale, which applies to pixels only.
 *
 * @throws {UserError} (exit code 2) when there is no such scale, or preprocessed inputs are attacked.
 */
export function scaleWithin(text: string, within: WithinFlag): ScaleChoice {
  if (within === "pixels") return scaleOf(text);
  throw new UserError(
    `reading --scale: expected --within pixels, since preprocessed inputs have the dataset's own scale, got --within ${within}`,
    2,
  );
}

/** One number or three. */
function numbersOf(text: string): number[] {
  const numbers = text.split(",").map((number) => real("scale", number, 0));
  if (numbers.length === 1 || numbers.length === 3) return numbers;
  throw new UserError(`reading --scale: expected 1 number or 3, got ${excerpt(text)}`, 2);
}

/** The scales to try for a model whose own is not known, by what --scale says for each. */
export function knownScales(own: Scale | undefined): Readonly<Record<string, Scale>> {
  const isNamed = Object.values(named).some((scale) => scale === own);
  return { ...(own && !isNamed ? { dataset: own } : {}), ...named };
}

/** What the scale of a model's inputs depends on. */
export interface ScaleOptions {
  /** The model's file. */
  readonly path: string;
  /** What --scale says, if it is given. */
  readonly chosen: ScaleChoice | undefined;
  readonly within: WithinFlag;
  readonly dataset: Pick<Dataset, "scale" | "title">;
}

/**
 * How pixels become a model's inputs: as --scale says; else an ONNX file takes pixels 0-1, and other models, as well as all that are
 * given preprocessed inputs, take the dataset's own scale.
 *
 * @throws {UserError} (exit code 2) when the dataset's own scale is asked for and there is none.
 */
export async function scaleOfModel(
  { path, chosen, within, dataset }: ScaleOptions,
): Promise<Scale> {
  if (chosen === undefined && within === "pixels" && isOnnx(path)) return unitScale;
  if (chosen !== undefined && chosen !== "dataset") return chosen;
  const own = await dataset.scale?.();
  if (own || chosen === undefined) return own ?? noScale;
  throw new UserError(
    `reading --scale: expected another scale than dataset, since ${dataset.title} has none of its own`,
    2,
  );
}
