import type { Figure4Row } from "../../experiments/figure4.ts";
import type { Measured } from "../../experiments/seed_means.ts";
import { categorical } from "../palette.ts";
import type { Figure } from "./figure.ts";
import { type PaperMark, tradeOff } from "./trade_off.ts";

/**
 * The paper's Figure 4: Deep Defense on LeNet whose regulariser moves one layer, a curve each, and c, which falls from left to
 * right.
 *
 * @param reference The network that all were fine-tuned from.
 * @param paper Models of the paper's to draw beside them; none unless given.
 */
export function layerwise(
  rows: readonly Figure4Row[],
  reference?: Measured,
  paper: readonly PaperMark[] = [],
): Figure {
  const layers = [...new Set(rows.map(({ layer }) => layer))];
  const curves = layers.map((layer) => ({
    name: layer,
    models: rows.filter((row) => row.layer === layer),
  }));
  return tradeOff(curves, {
    reference,
    paper,
    colors: categorical,
    alt:
      "As the paper's Figure 4: test accuracy of LeNet against its robustness ρ₂ when Deep Defense's regulariser " +
      `moves only one layer: ${layers.join(", ")}.`,
  });
}
