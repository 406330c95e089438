import { max } from "d3-array";
import { fileURLToPath } from "node:url";
import { readIfThere } from "../../files/files.ts";
import { readResults, type Results } from "../../results/results.ts";
import type { Figure2Row, Table1Row } from "../../results/results.ts";
import { readScaling } from "../../results/scaling.ts";
import type { ReportSection } from "../../plots/page/report.ts";
import { scaling } from "../../plots/figures/scaling.ts";
import { table1 } from "../../plots/figures/table1.ts";
import { claimsSection } from "../../plots/sections/claims_section.ts";
import { tableSections } from "../../plots/sections/table_sections.ts";
import { experimentNames } from "../../experiments/experiments.ts";

/** A report's sections of recorded results, which come with the sources and are labelled so. */
export async function recordedSections(dataset: string, own: Results): Promise<ReportSection[]> {
  return [
    ...dataset === "mnist" ? await mnistSections(own) : [],
    ...dataset === "cifar10" ? [] : await cifar10Sections(),
    ...await costSections(),
  ];
}

/** MNIST's results at the paper's scale that the run itself does not have. */
async function mnistSections(own: Results): Promise<ReportSection[]> {
  const recorded = await recordedIn("paper");
  if (!recorded) return [];
  const others = withoutOwn(recorded, own);
  if (Object.values(others).every((rows) => rows.length === 0)) return [];
  const start = recorded.table1.find(isStudiedReference);
  const { table1, ...sections } = Object.fromEntries(tableSections(others, { start }));
  return [
    ...table1 ? [table1] : [],
    ...claimsSection(recorded),
    ...Object.values(sections),
  ].map((section) => ({
    ...section,
    heading: `${section.heading}: recorded results`,
    text: `Not of this run: outputs/paper, which comes with the sources. ${section.text}`,
  }));
}

/** The reference that the networks of Figures 3 and 4 were fine-tuned from. */
function isStudiedReference({ network, method, seed }: Table1Row): boolean {
  return network === "lenet" && method === "reference" && seed === 0;
}

/** The rows of networks and methods that a run does not have, and the tables that it lacks. */
function withoutOwn(recorded: Results, own: Results): Results {
  const nameOf = ({ network, method }: Table1Row | Figure2Row) => `${network} ${method}`;
  const missing = <Row extends Table1Row | Figure2Row>(
    rows: readonly Row[],
    had: readonly Row[],
  ) => {
    const names = new Set(had.map(nameOf));
    return rows.filter((row) => !names.has(nameOf(row)));
  };
  const unlessOwn = experimentNames.map((name) =>
    [name, own[name].length > 0 ? [] : recorded[name]] as const
  );
  return {
    ...Object.fromEntries(unlessOwn) as unknown as Results,
    table1: missing(recorded.table1, own.table1),
    figure2: missing(recorded.figure2, own.figure2),
  };
}

async function cifar10Sections(): Promise<ReportSection[]> {
  const recorded = await recordedIn("cifar10");
  if (!recorded) return [];
  const epochs = max(recorded.figure2, ({ epoch }: Figure2Row) => epoch);
  const text = "Not of this run: the results in outputs/cifar10, which come with the sources.";
  return [{ heading: "CIFAR-10", text, content: [table1(recorded.table1, { epochs })] }];
}

/** The cost of a training step, from the measurement that comes with the sources; nothing where there is none. */
async function costSections(): Promise<ReportSection[]> {
  const rows = await readScaling(pathIn("bench/scaling.arrow"));
  if (rows.length === 0) return [];
  const text =
    "Measured once, on the machine that outputs/bench/scaling.json names, not in this run.";
  return [{ heading: "What a training step costs", text, content: [scaling(rows)] }];
}

/** The results in a folder of outputs/; undefined where there are none. */
async function recordedIn(name: string): Promise<Results | undefined> {
  const folder = pathIn(name);
  return await readIfThere(`${folder}/table1.arrow`) && await readResults(folder);
}

/** A path in outputs/, which comes with the sources. */
function pathIn(name: string): string {
  return fileURLToPath(new URL(`../../../outputs/${name}`, import.meta.url));
}
