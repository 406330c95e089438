import { mean } from "d3-array";
import type { Table1Row } from "../table1.ts";
import { type Case, notMeasured, ratio } from "./case.ts";
import { percentage } from "../../metrics/percentage.ts";

/** Accuracies under the fast gradient sign attack. */
export const underFgs = ["acc_fgs_0.2", "acc_fgs_0.5", "acc_fgs_1.0"] as const;

/** A measure that the paper's Table 1 has too. */
export type Measure = "accuracy" | "rho2" | typeof underFgs[number];

/** A comparison of methods. */
export interface Comparison {
  /** The method that is said to be better. */
  readonly method: string;
  /** The methods that it is said to be better than. */
  readonly rivals: readonly string[];
  /** Rivals that need not have been run. */
  readonly optional?: readonly string[];
  /** The measures in which it is said to be better. */
  readonly measures: readonly Measure[];
  /** A method's name in the figures. */
  readonly methodTitle: (id: string) => string;
}

const phrases: Readonly<Record<Measure, string>> = {
  accuracy: "in accuracy",
  rho2: "in ρ₂",
  "acc_fgs_0.2": "at 0.2 ε_ref",
  "acc_fgs_0.5": "at 0.5 ε_ref",
  "acc_fgs_1.0": "at 1.0 ε_ref",
};

/**
 * Whether a method's mean over seeds is above that of every rival, in all measures. The figures name the best rival. Takes the
 * rows of one network.
 */
export function isAbove(rows: readonly Table1Row[], comparison: Comparison): Case {
  return compare(rows, comparison, (own, best) => own > best);
}

/** Whether a method's mean over seeds is at least that of every rival, in all measures. */
export function isNotBelow(rows: readonly Table1Row[], comparison: Comparison): Case {
  return compare(rows, comparison, (own, best) => own >= best);
}

function compare(
  rows: readonly Table1Row[],
  { method, rivals, optional = [], measures, methodTitle }: Comparison,
  better: (own: number, best: number) => boolean,
): Case {
  const missing = missingOf(rows, [method, ...rivals], measures);
  const needed = missing.filter((id) => !optional.includes(id));
  if (needed.length > 0) return notMeasured(needed.map(methodTitle).join(", "));
  const known = rivals.filter((id) => !missing.includes(id));
  const results = measures.map((measure) => {
    const valueOf = (id: string) => average(rows, id, measure)!;
    const best = known.toSorted((a, b) => valueOf(b) - valueOf(a))[0]!;
    const told = [method, best].map((id) => `${methodTitle(id)} ${withPaper(rows, id, measure)}`);
    const figures = `${told.join(" against ")} ${phrases[measure]}`;
    return { holds: better(valueOf(method), valueOf(best)), figures };
  });
  return {
    holds: results.every(({ holds }) => holds),
    figures: results.map(({ figures }) => figures).join(", "),
  };
}

/**
 * Whether Parseval training helps against the fast gradient sign attack (the mean of Table 1's three accuracies is above the
 * reference's) but not against DeepFool (rho_2 is less than 2% above the reference's). Takes the rows of one network.
 */
export function parsevalHelps(
  rows: readonly Table1Row[],
  methodTitle: (id: string) => string,
): Case {
  const methods = ["parseval", "reference"];
  const missing = missingOf(rows, methods, ["rho2", ...underFgs]);
  if (missing.length > 0) return notMeasured(missing.map(methodTitle).join(", "));
  const fgs = (id: string): number =>
    mean(underFgs, (measure: Measure) => average(rows, id, measure))!;
  const rho2 = (id: string) => average(rows, id, "rho2")!;
  const told = methods.map((id) => withPaper(rows, id, "rho2")).join(" against ");
  return {
    holds: fgs("parseval") > fgs("reference") && rho2("parseval") < 1.02 * rho2("reference"),
    figures:
      `mean accuracy under FGS ${methods.map((id) => percentage(fgs(id))).join(" against ")}, ` +
      `ρ₂ ${told}`,
  };
}

/** The methods that lack a measure. */
function missingOf(
  rows: readonly Table1Row[],
  methods: readonly string[],
  measures: readonly Measure[],
): string[] {
  return methods.filter((id) =>
    measures.some((measure) => average(rows, id, measure) === undefined)
  );
}

/** The mean over seeds; undefined where no seed has the measure. */
function average(rows: readonly Table1Row[], id: string, measure: Measure): number | undefined {
  const ofMethod = rows.filter(({ method }) => method === id);
  return mean(ofMethod, (row: Table1Row) => row[measure] ?? undefined);
}

/** `0.225 (paper 0.225)`, or `0.110` where the paper has no such figure. */
function withPaper(rows: readonly Table1Row[], id: string, measure: Measure): string {
  const show = measure === "rho2" ? ratio : percentage;
  const ours = show(average(rows, id, measure)!);
  const paper = rows.find(({ method }) => method === id)?.[`paper_${measure}`] ?? null;
  return paper === null ? ours : `${ours} (paper ${show(paper)})`;
}
