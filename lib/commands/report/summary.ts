import { mean } from "d3-array";
import { claims, type Evidence } from "../../experiments/claims.ts";
import type { Table1Row } from "../../experiments/table1.ts";
import { percent, significant } from "../../plots/numbers.ts";
import type { ReportSection } from "../../plots/page/report.ts";
import { summaryList } from "../../plots/page/summary_list.ts";
import { inNetworkOrder, networkTitle } from "../../plots/titles.ts";
import { seedsOf } from "../../plots/sections/seeds.ts";

/** A report's first section: in a sentence for each network, what Deep Defense changed; and how many claims hold. None without figures. */
export function reportSummary(
  rows: readonly Table1Row[],
  evidence: Evidence,
): ReportSection[] {
  const networks = inNetworkOrder(rows.map(({ network }) => network));
  const sentences = networks.flatMap((network) =>
    changesOf(rows.filter((row) => row.network === network))
  );
  const all = [...sentences, ...verdicts(evidence)];
  return all.length > 0 ? [{ heading: "Summary", content: [summaryList(all)] }] : [];
}

/** What Deep Defense changed for a network; nothing where it or the reference was not measured. */
function changesOf(rows: readonly Table1Row[]): string[] {
  const ofMethod = (method: string) => rows.filter((row) => row.method === method);
  const [reference, defended] = [ofMethod("reference"), ofMethod("deep_defense")];
  const pair = (key: keyof Table1Row) => [average(reference, key), average(defended, key)] as const;
  const [before, after] = pair("rho2");
  const [right, stillRight] = pair("accuracy");
  const [half, defendedHalf] = pair("acc_fgs_0.5");
  if ([before, after, right, stillRight].includes(undefined)) return [];
  const [paperBefore, paperAfter] = pair("paper_rho2");
  const [paperRight, paperStillRight] = pair("paper_accuracy");
  const paper = paperBefore && paperAfter && paperRight && paperStillRight
    ? ` In the paper: ρ₂ ${fromTo(paperBefore, paperAfter)}, ` +
      `accuracy ${percentFromTo(paperRight, paperStillRight)}.`
    : "";
  const sign = half !== undefined && defendedHalf !== undefined
    ? ` Under the fast gradient sign attack at 0.5 ε_ref, ${
      percent(half)
    }% of the test images are ` +
      `right before and ${percent(defendedHalf)}% after.`
    : "";
  return [
    `${networkTitle(rows[0]!.network)}: Deep Defense takes ρ₂ ${fromTo(before!, after!)}, ` +
    `${(after! / before!).toFixed(2)} times, and accuracy ${percentFromTo(right!, stillRight!)} ` +
    `(${seedsOf(defended)}).${paper}${sign}`,
  ];
}

function fromTo(before: number, after: number): string {
  return `from ${significant(before)} to ${significant(after)}`;
}

function percentFromTo(before: number, after: number): string {
  return `from ${percent(before)}% to ${percent(after)}%`;
}

function average(rows: readonly Table1Row[], key: keyof Table1Row): number | undefined {
  return mean(rows, (row: Table1Row) => row[key] as number | null ?? undefined);
}

/** How many of the paper's claims hold; nothing where none can be judged. */
function verdicts(evidence: Evidence): string[] {
  const judged = claims(evidence).filter(({ holds }) => holds !== null);
  const holding = judged.filter(({ holds }) => holds).length;
  return judged.length > 0
    ? [`This run can judge ${judged.length} of the paper's claims; ${holding} hold.`]
    : [];
}
