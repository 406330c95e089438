import { type Case, holdsInAll } from "./claims/case.ts";
import { growsAndFalls, passesAndGrows } from "./claims/of_epochs.ts";
import { mostUsefulLayer, trendOfLambda, trendsOfC } from "./claims/of_settings.ts";
import { isAbove, isNotBelow, type Measure, parsevalHelps, underFgs } from "./claims/of_table1.ts";
import type { Figure2Row } from "./figure2.ts";
import type { Figure3Row } from "./figure3.ts";
import type { Figure4Row } from "./figure4.ts";
import { wholeSeeds } from "./seed_means.ts";
import type { Table1Row } from "./table1.ts";

/** A claim of the paper, and whether it holds here. */
export interface Claim {
  /** Identifies the claim: `highest_rho2`. */
  readonly id: string;
  /** The claim in a sentence. */
  readonly text: string;
  /** Whether it holds on every network and curve; null where a figure that it needs was not measured. */
  readonly holds: boolean | null;
  /** The figures that decide, ours and, where they exist, the paper's. */
  readonly figures: string;
}

/** The tables that claims are judged by, of one data set and profile; tables that were not made are empty. */
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

/** Titles for names in the figures. */
export interface ClaimOptions {
  /** A method's name; its identifier unless given. */
  readonly methodTitle?: (id: string) => string;
  /** A network's name; its identifier unless given. */
  readonly networkTitle?: (id: string) => string;
}

/** How figures name things. */
type Titles = Required<ClaimOptions>;

/** A claim, and how it is judged. */
interface PaperClaim {
  readonly id: string;
  readonly text: string;
  readonly cases: (evidence: Evidence, titles: Titles) => Case[];
}

/** The methods that Deep Defense is compared with. Clean is not in the paper's table and counts where it was run. */
const others = ["reference", "clean", "parseval", "adv_train_1"];
const optional = ["clean"];

/** The networks of the paper's "exploratory experiments on MNIST"; some claims are only about them. */
const exploratory = ["mlp", "lenet"];
const isExploratory = ({ network }: { readonly network: string }) => exploratory.includes(network);

/** The claims of the paper's Sections 4 and 5. */
const paperClaims: readonly PaperClaim[] = [
  {
    id: "highest_rho2",
    text: "Deep Defense has the highest ρ₂ of the methods in the paper's table",
    cases: onNetworks(isBest("deep_defense", others, ["rho2"])),
  },
  {
    id: "highest_fgs",
    text:
      "Deep Defense has the highest accuracy under FGS at 0.2, 0.5 and 1.0 ε_ref of the methods in the paper's table",
    cases: onNetworks(isBest("deep_defense", others, underFgs)),
  },
  {
    id: "second",
    text:
      "Adv. Train I is the best of the others in the paper's table, in ρ₂ and in accuracy under FGS",
    cases: onExploratory(
      isBest("adv_train_1", others.filter((id) => id !== "adv_train_1"), ["rho2", ...underFgs]),
    ),
  },
  {
    id: "above_adv_train_2",
    text:
      "Deep Defense is also better than Adv. Train II, which the paper's table does not have, in ρ₂ and in accuracy under FGS",
    cases: onNetworks(isBest("deep_defense", ["adv_train_2"], ["rho2", ...underFgs])),
  },
  {
    id: "accuracy",
    text: "Deep Defense does not cost accuracy",
    cases: onNetworks((rows, { methodTitle }) =>
      isNotBelow(rows, {
        method: "deep_defense",
        rivals: ["reference"],
        measures: ["accuracy"],
        methodTitle,
      })
    ),
  },
  {
    id: "convergence",
    text:
      "Deep Defense exceeds the reference in accuracy and ρ₂ within three epochs and still grows in the last two",
    cases: onCurves("deep_defense", passesAndGrows),
  },
  {
    id: "adv_train_1_rho2",
    text: "Under Adv. Train I accuracy grows while ρ₂ falls from the first epoch to the last",
    cases: onCurves("adv_train_1", growsAndFalls),
  },
  {
    id: "parseval",
    text: "Parseval training helps against FGS but not against DeepFool",
    cases: onExploratory((rows, { methodTitle }) => parsevalHelps(rows, methodTitle)),
  },
  {
    id: "c",
    text: "A larger c gives higher accuracy and lower robustness",
    cases: ({ figure3 }) => trendsOfC(wholeSeeds(figure3)),
  },
  {
    id: "lambda",
    text: "A larger λ gives lower accuracy and higher robustness, as we read the paper’s Figure 3",
    cases: ({ figure3 }) => trendOfLambda(wholeSeeds(figure3)),
  },
  {
    id: "fc1",
    text: "Of the single layers fc1 is the most useful",
    cases: ({ table1, figure4 }) =>
      mostUsefulLayer(
        wholeSeeds(figure4),
        table1.filter(({ network, method }) => network === "lenet" && method === "reference"),
      ),
  },
  {
    id: "combined",
    text:
      "Deep Defense combined with Adv. Train II is better still, in ρ₂ and in accuracy under FGS",
    cases: onNetworks(
      isBest("deep_defense_adv_train_2", ["deep_defense"], ["rho2", ...underFgs]),
    ),
  },
];

/**
 * The claims of the paper's Sections 4 and 5. All are judged by the means over seeds, those that diverged left out, and by
 * order only: no difference is too small to count. Claims about Table 1 must hold on every network; claims about Figure 2,
 * Parseval training and the second best method, which the paper makes about MLP and LeNet, on these two. Of Figures 3 and 4
 * those seeds count that have all of their models.
 */
export function claims(
  evidence: Evidence,
  { methodTitle = (id) => id, networkTitle = (id) => id }: ClaimOptions = {},
): Claim[] {
  return paperClaims.map(({ id, text, cases }) => {
    const judged = cases(evidence, { methodTitle, networkTitle });
    const figures = judged.map((one) => one.figures).join("; ");
    return { id, text, holds: holdsInAll(judged), figures };
  });
}

/** Judges some rows of one network. */
type Judge<Row> = (rows: readonly Row[], titles: Titles) => Case;

function isBest(
  method: string,
  rivals: readonly string[],
  measures: readonly Measure[],
): Judge<Table1Row> {
  return (rows, { methodTitle }) =>
    isAbove(rows, { method, rivals, optional, measures, methodTitle });
}

/** Judges the models of every network. */
function onNetworks(judge: Judge<Table1Row>): PaperClaim["cases"] {
  return ({ table1 }, titles) => onEach(table1, judge, titles);
}

/** Judges the models of every exploratory network. */
function onExploratory(judge: Judge<Table1Row>): PaperClaim["cases"] {
  return ({ table1 }, titles) => onEach(table1.filter(isExploratory), judge, titles);
}

/** Judges a method's epochs on every exploratory network. */
function onCurves(method: string, judge: Judge<Figure2Row>): PaperClaim["cases"] {
  return ({ figure2 }, titles) =>
    onEach(figure2.filter((row) => row.method === method && isExploratory(row)), judge, titles);
}

/** Judges the rows of each network separately. */
function onEach<Row extends { readonly network: string }>(
  rows: readonly Row[],
  judge: Judge<Row>,
  titles: Titles,
): Case[] {
  return [...Map.groupBy(rows, ({ network }) => network)].map(([network, own]) => {
    const { holds, figures } = judge(own, titles);
    return { holds, figures: `${titles.networkTitle(network)}: ${figures}` };
  });
}
