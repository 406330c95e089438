import { fileURLToPath } from "node:url";
import { isEmpty, readTables } from "../../results/read_tables.ts";
import type { Figure2Row, Results, Table1Row } from "../../results/results.ts";
import { readScaling } from "../../results/scaling.ts";
import type { ReportSection } from "../../plots/page/report.ts";
import { scaling } from "../../plots/figures/scaling.ts";
import { scaledC } from "../../plots/figures/scaled_c.ts";
import { table1 } from "../../plots/figures/table1.ts";
import { claimsSection } from "../../plots/sections/claims_section.ts";
import { tableSections } from "../../plots/sections/table_sections.ts";
import { experimentNames } from "../../experiments/experiments.ts";

/** The folder of results that comes with the sources. */
const committed = fileURLToPath(new URL("../../../outputs", import.meta.url));

/**
 * A report's sections of recorded results, which come with the sources and are labelled so.
 *
 * @param dataset The dataset's identifier.
 * @param own The tables of the report's run.
 * @param outputs The folder of recorded results; the one that comes with the sources unless given.
 */
export async function recordedSections(
  dataset: string,
  own: Results,
  outputs: string = committed,
): Promise<ReportSection[]> {
  return [
    ...dataset === "mnist" ? await mnistSections(own, outputs) : [],
    ...own.auto_attack.length > 0 ? [] : await autoAttackSections(dataset, outputs),
    ...dataset === "cifar10" ? [] : await cifar10Sections(outputs),
    ...own.scaled_c.length > 0 ? [] : await smallPhotosSections(outputs),
    ...await costSections(outputs),
  ];
}

/** MNIST's results at the paper's scale that the run itself does not have. */
async function mnistSections(own: Results, outputs: string): Promise<ReportSection[]> {
  const recorded = await readTables(`${outputs}/paper`);
  const others = withoutOwn(recorded, own);
  if (isEmpty(others)) return [];
  const start = recorded.table1.find(isStudiedReference);
  const { table1, ...sections } = Object.fromEntries(tableSections(others, { start }));
  return [
    ...table1 ? [table1] : [],
    ...claimsSection(recorded),
    ...Object.values(sections),
  ].map((section) => labelled(section, "paper"));
}

/** A section that says where its results come from. */
function labelled(section: ReportSection, folder: string): ReportSection {
  return {
    ...section,
    heading: `${section.heading}: recorded results`,
    text: `Not of this run: outputs/${folder}, which comes with the sources. ${section.text}`,
  };
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

/** AutoAttack on a dataset's models of Table 1, where it was recorded. */
async function autoAttackSections(dataset: string, outputs: string): Promise<ReportSection[]> {
  if (dataset !== "mnist" && dataset !== "cifar10") return [];
  const folder = `auto_attack/${dataset}`;
  const section = tableSections(await readTables(`${outputs}/${folder}`)).get("auto_attack");
  return section ? [labelled(section, folder)] : [];
}

async function cifar10Sections(outputs: string): Promise<ReportSection[]> {
  const recorded = await readTables(`${outputs}/cifar10`);
  if (recorded.table1.length === 0) return [];
  const text = "Not of this run: the results in outputs/cifar10, which come with the sources.";
  return [{ heading: "CIFAR-10", text, content: [table1(recorded.table1)] }];
}

/** ImageNet's networks on small photos; nothing where they were not measured. */
async function smallPhotosSections(outputs: string): Promise<ReportSection[]> {
  const { scaled_c } = await readTables(`${outputs}/tiny50`);
  if (scaled_c.length === 0) return [];
  const text =
    "Not of this run: the results in outputs/tiny50, which come with the sources. 50 classes of Tiny ImageNet, photos of " +
    "64x64; not the paper's ImageNet.";
  return [{ heading: "ResNet-18 on small photos", text, content: [scaledC(scaled_c)] }];
}

/** The cost of a training step, from the measurement that comes with the sources; nothing where there is none. */
async function costSections(outputs: string): Promise<ReportSection[]> {
  const rows = await readScaling(`${outputs}/bench/scaling.arrow`);
  if (rows.length === 0) return [];
  const text =
    "Measured once, on the machine that outputs/bench/scaling.json names, not in this run.";
  return [{ heading: "What a training step costs", text, content: [scaling(rows)] }];
}
