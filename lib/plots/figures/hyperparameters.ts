import type { Figure3Row } from "../../experiments/figure3.ts";
import type { Measured } from "../../experiments/seed_means.ts";
import { sequential } from "../palette.ts";
import type { Figure } from "./figure.ts";
import { type PaperMark, tradeOff } from "./trade_off.ts";

/**
 * The paper's Figure 3: Deep Defense on LeNet with one curve per lambda, along which c falls from left to right.
 *
 * @param reference The network that all were fine-tuned from.
 * @param paper Models of the paper's to draw beside them; none unless given.
 */
export function hyperparameters(
  rows: readonly Figure3Row[],
  reference?: Measured,
  paper: readonly PaperMark[] = [],
): Figure {
  const lambdas = [...new Set(rows.map(({ lambda }) => lambda))].sort((a, b) => a - b);
  const curves = lambdas.map((lambda) => ({
    name: `λ = ${lambda}`,
    models: rows.filter((row) => row.lambda === lambda),
  }));
  return tradeOff(curves, {
    reference,
    paper,
    colors: sequential,
    alt:
      "As the paper's Figure 3: test accuracy of LeNet against its robustness ρ₂ under Deep Defense with λ = " +
      `${lambdas.join(", ")}.`,
  });
}
