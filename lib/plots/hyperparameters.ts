import type { Figure3Row } from "../experiments/rows.ts";
import type { Figure } from "./figure.ts";
import { sequential } from "./palette.ts";
import { tradeOff, type TradeOffOptions } from "./trade_off.ts";

const SYMBOLS = ["circle", "square", "diamond", "triangle-up"];

/** The paper's Figure 3: Deep Defense on LeNet over lambda, a curve each, and c, which falls from left to right. */
export function hyperparameters(
  rows: readonly Figure3Row[],
  reference?: TradeOffOptions["reference"],
): Figure {
  const lambdas = [...new Set(rows.map(({ lambda }) => lambda))].sort((a, b) => a - b);
  const curves = lambdas.map((lambda, i) => ({
    name: `λ = ${lambda}`,
    color: sequential[i % sequential.length]!,
    symbol: SYMBOLS[i % SYMBOLS.length]!,
    points: rows.filter((row) => row.lambda === lambda),
  }));
  const alt = `Test accuracy of LeNet against ρ₂ under Deep Defense with λ = ${
    lambdas.join(", ")
  }; on every curve c falls from left to right.`;
  return tradeOff(curves, { reference, alt });
}
