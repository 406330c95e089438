import { size } from "../engine/nd_array.ts";
import { withSummary } from "../summaries/summary.ts";
import type { Weights } from "./weights.ts";

/** Gives weights a summary, for the end of a notebook's cell: every tensor's name, its shape and how many numbers it has. */
export function withWeightsSummary(weights: Weights): Weights {
  return withSummary(weights, () => {
    const tensors = Object.entries(weights);
    const total = tensors.reduce((sum, [, { shape }]) => sum + size(shape), 0);
    return {
      caption: `${counted(tensors.length, "tensor")}, ${counted(total, "number")}`,
      rows: tensors.map(([tensor, { shape }]) => ({
        tensor,
        shape: `[${shape.join(", ")}]`,
        numbers: size(shape).toLocaleString("en"),
      })),
    };
  });
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
