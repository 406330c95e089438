import { withSummary } from "../summaries/summary.ts";
import type { AnySplit, Dataset } from "./dataset.ts";

/** How many inputs of a split are looked at for the range of their numbers. */
const most = 1000;

/**
 * Gives a dataset a summary, for the end of a notebook's cell: the shape of an input, the classes, and of each split how many
 * inputs it has and in which range their numbers are, which shows their scale.
 */
export function withDatasetSummary<D extends Partial<Dataset>>(dataset: D): D {
  return withSummary(dataset, () => {
    const { title = "a dataset", inputShape = [], classes, train, test } = dataset;
    const splits = Object.entries({ train, test });
    return {
      caption: `${title}: inputs [${inputShape.join(", ")}], ${classes ?? "some"} classes`,
      rows: splits.flatMap(([split, own]) => own ? [rowOf(split, own)] : []),
    };
  });
}

function rowOf(split: string, own: AnySplit): Record<string, string> {
  return { split, inputs: own.count.toLocaleString("en"), range: rangeOf(own) };
}

function rangeOf(split: AnySplit): string {
  if (!("images" in split)) return "read on demand";
  if (split.count === 0) return "none";
  const first = split.images.subarray(0, most * split.images.length / split.count);
  const [low, high] = first.reduce(
    ([low, high], x) => [Math.min(low!, x), Math.max(high!, x)],
    [Infinity, -Infinity],
  );
  return `${digits(low!)} to ${digits(high!)}${split.count > most ? ", of the first 1,000" : ""}`;
}

function digits(value: number): string {
  return `${Number(value.toPrecision(4))}`;
}
