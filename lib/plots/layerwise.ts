import type { Figure4Row } from "../experiments/rows.ts";
import type { Figure } from "./figure.ts";
import { categorical } from "./palette.ts";
import { tradeOff, type TradeOffOptions } from "./trade_off.ts";

const SYMBOLS = ["circle", "square", "diamond", "triangle-up"];

/** The paper's Figure 4: Deep Defense on LeNet whose regulariser moves one layer, a curve each, and c, which falls from left to right. */
export function layerwise(
  rows: readonly Figure4Row[],
  reference?: TradeOffOptions["reference"],
): Figure {
  const layers = [...new Set(rows.map(({ layer }) => layer))];
  const curves = layers.map((layer, i) => ({
    name: layer,
    color: categorical[i % categorical.length]!,
    symbol: SYMBOLS[i % SYMBOLS.length]!,
    points: rows.filter((row) => row.layer === layer),
  }));
  const alt =
    `Test accuracy of LeNet against ρ₂ where Deep Defense's regulariser moves one layer alone: ${
      layers.join(", ")
    }; on every curve c falls from left to right.`;
  return tradeOff(curves, { reference, alt });
}
