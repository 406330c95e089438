import { type Case, holdsInAll } from "./claims/case.ts";
import { growsAndFalls, passesAndGrows } from "./claims/of_epochs.ts";
import { mostUsefulLayer, trendOfLambda, trendsOfC } from "./claims/of_settings.ts";
import { isAbove, isNotBelow, type Measure, parsevalHelps, underFgs } from "./claims/of_table1.ts";
import type { Figure2Row } from "./figure2.ts";
import type { Figure3Row } from "./figure3.ts";
import type { Figure4Row } from "./figure4.ts";
import type { Table1Row } from "./table1.ts";

/** What the paper says, and whether it holds here. */
export interface Claim {
  /** Identifies the claim: `highest_rho2`. */
  readonly id: string;
  /** The claim in a sentence. */
  readonly text: string;
  /** Whether it holds on every network and curve; null where something that it is about was not measured. */
  readonly holds: boolean | null;
  /** The figures that decide, the paper's beside ours where it has them. */
  readonly figures: string;
}

/** The tables that claims are judged by, of one data set and profile; what was not run is empty. */
export interface Evidence {
  /** Table 1. */
  readonly table1: readonly Table1Row[];
  /** Figure 2. */
  readonly figure2: readonly Figure2Row[];
  /** Figure 3. */
  readonly figure3: readonly Figure3Row[];
  /** Figure 4. */
  readonly figure4: readonly Figure4Row[];
}

/** How figures name things; identifiers stay as they are by default. */
export interface ClaimOptions {
  /** A method's name; its identifier unless given. */
  readonly methodTitle?: (id: string) => string;
  /** A network's name; its identifier unless given. */
  readonly networkTitle?: (id: string) => string;
}

/** The methods that Deep Defense is compared with. Clean is not in the paper's table and counts where it was run. */
const others = ["reference", "clean", "parseval", "adv_train_1"];
const optional = ["clean"];
const combined = "deep_defense_adv_train_2";

/** The networks of the paper's "exploratory experiments on MNIST", which some claims are about alone. */
const exploratory = ["mlp", "lenet"];
const isExploratory = ({ network }: { readonly network: string }) => exploratory.includes(network);

/**
 * The claims of the paper's Sections 4.2 and 5. All are judged by the means over seeds, those that diverged left out, and by
 * order alone: no difference is too small to count. Claims about Table 1 have to hold on every network; those about Figure 2,
 * Parseval training and the second best, which the paper makes of MLP and LeNet, on these.
 */
export function claims(
  { table1, figure2, figure3, figure4 }: Evidence,
  { methodTitle = (id) => id, networkTitle = (id) => id }: ClaimOptions = {},
): Claim[] {
  const onNetworks = onEach(table1, networkTitle);
  const onExploratory = onEach(table1.filter(isExploratory), networkTitle);
  const isBest =
    (method: string, rivals: readonly string[], measures: readonly Measure[]) =>
    (rows: readonly Table1Row[]) =>
      isAbove(rows, { method, rivals, optional, measures, methodTitle });
  const curvesOf = (method: string) =>
    onEach(figure2.filter((row) => row.method === method && isExploratory(row)), networkTitle);
  const references = table1.filter(({ network, method }) =>
    network === "lenet" && method === "reference"
  );
  return [
    claim(
      "highest_rho2",
      "Deep Defense has the highest ρ₂ of the methods in the paper's table",
      onNetworks(isBest("deep_defense", others, ["rho2"])),
    ),
    claim(
      "highest_fgs",
      "Deep Defense has the highest accuracy under FGS at 0.2, 0.5 and 1.0 ε_ref of the methods in the paper's table",
      onNetworks(isBest("deep_defense", others, underFgs)),
    ),
    claim(
      "second",
      "Adv. Train I is the best of the others in the paper's table, in ρ₂ and in accuracy under FGS",
      onExploratory(
        isBest("adv_train_1", others.filter((id) => id !== "adv_train_1"), ["rho2", ...underFgs]),
      ),
    ),
    claim(
      "above_adv_train_2",
      "Deep Defense is also better than Adv. Train II, which the paper's table does not have, in ρ₂ and in accuracy under FGS",
      onNetworks(isBest("deep_defense", ["adv_train_2"], ["rho2", ...underFgs])),
    ),
    claim(
      "accuracy",
      "Deep Defense does not cost accuracy",
      onNetworks((rows) =>
        isNotBelow(rows, {
          method: "deep_defense",
          rivals: ["reference"],
          measures: ["accuracy"],
          methodTitle,
        })
      ),
    ),
    claim(
      "convergence",
      "Deep Defense passes the reference in accuracy and ρ₂ within three epochs and still grows in the last two",
      curvesOf("deep_defense")(passesAndGrows),
    ),
    claim(
      "adv_train_1_rho2",
      "Under Adv. Train I accuracy grows while ρ₂ falls from the first epoch to the last",
      curvesOf("adv_train_1")(growsAndFalls),
    ),
    claim(
      "parseval",
      "Parseval training helps against FGS but not against DeepFool",
      onExploratory((rows) => parsevalHelps(rows, methodTitle)),
    ),
    claim("c", "A larger c gives higher accuracy and lower robustness", trendsOfC(figure3)),
    claim(
      "lambda",
      "A larger λ gives lower accuracy and higher robustness, as we read the paper’s Figure 3",
      trendOfLambda(figure3),
    ),
    claim(
      "fc1",
      "Of the single layers fc1 is the most useful",
      mostUsefulLayer(figure4, references),
    ),
    claim(
      "combined",
      "Deep Defense combined with Adv. Train II is better still, in ρ₂ and in accuracy under FGS",
      onNetworks(isBest(combined, ["deep_defense"], ["rho2", ...underFgs])),
    ),
  ];
}

/** Judges the rows of every network by themselves. */
function onEach<Row extends { readonly network: string }>(
  rows: readonly Row[],
  networkTitle: (id: string) => string,
): (judge: (rows: readonly Row[]) => Case) => Case[] {
  return (judge) =>
    [...Map.groupBy(rows, ({ network }) => network)].map(([network, own]) => {
      const { holds, figures } = judge(own);
      return { holds, figures: `${networkTitle(network)}: ${figures}` };
    });
}

function claim(id: string, text: string, cases: readonly Case[]): Claim {
  return {
    id,
    text,
    holds: holdsInAll(cases),
    figures: cases.map(({ figures }) => figures).join("; "),
  };
}
