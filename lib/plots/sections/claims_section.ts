import { wholeSeeds } from "../../experiments/seed_means.ts";
import { claims, type Evidence } from "../../results/results.ts";
import { claimList } from "../figures/claims.ts";
import type { ReportSection } from "../page/report.ts";
import { methodTitle, networkTitle } from "../titles.ts";
import { seedsOf } from "./seeds.ts";

/** The verdicts on the paper's claims; no section where no network was trained as in the paper. */
export function claimsSection(evidence: Evidence): ReportSection[] {
  const judged = claims(evidence, { methodTitle, networkTitle });
  if (judged.every(({ holds }) => holds === null)) return [];
  const parts = {
    "Table 1 and Figure 2 of the paper": [...evidence.table1, ...evidence.figure2],
    "Figures 3 and 4 of the paper": [
      ...wholeSeeds(evidence.figure3),
      ...wholeSeeds(evidence.figure4),
    ],
  };
  const seeds = Object.entries(parts).filter(([, rows]) => rows.length > 0)
    .map(([name, rows]) => `${name}: ${seedsOf(rows)}`);
  return [{
    heading: "The paper's claims",
    text: `Judged only by networks with the paper's epochs and images. ${seeds.join("; ")}.`,
    content: [claimList(judged)],
  }];
}
