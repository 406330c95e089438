import type { Table1Row } from "../../experiments/table1.ts";
import { percent, percentInterval, significant, significantInterval } from "../numbers.ts";
import { escapeHtml, type Html } from "../page/html.ts";
import { methodColor } from "../palette.ts";
import { type Interval, studentInterval } from "../student_interval.ts";
import { table1Style } from "./table1_style.ts";
import { compared, headRow, nameCell, numberCell } from "../page/table_parts.ts";
import {
  datasetTitle,
  inDatasetOrder,
  inMethodOrder,
  inNetworkOrder,
  methodTitle,
  networkTitle,
} from "../titles.ts";

/** A column of the table: one of the row's measures, and the paper's where it exists. */
interface Column {
  readonly key: keyof Table1Row;
  readonly paper?: keyof Table1Row;
  readonly title: string;
  readonly unit?: string;
  readonly ours: (interval: Interval) => string;
  readonly theirs?: (value: number) => string;
}

const asPercent = { unit: "%", ours: percentInterval, theirs: percent };
const asRatio = { ours: significantInterval, theirs: significant };
const refHtml = "ε<sub>ref</sub>";
const rhoTitle = "ρ₂";

const mainColumns: readonly Column[] = [
  { key: "accuracy", paper: "paper_accuracy", title: "Accuracy", ...asPercent },
  { key: "rho2", paper: "paper_rho2", title: rhoTitle, ...asRatio },
  {
    key: "acc_fgs_0.2",
    paper: "paper_acc_fgs_0.2",
    title: `Acc.@0.2&nbsp;${refHtml}`,
    ...asPercent,
  },
  {
    key: "acc_fgs_0.5",
    paper: "paper_acc_fgs_0.5",
    title: `Acc.@0.5&nbsp;${refHtml}`,
    ...asPercent,
  },
  {
    key: "acc_fgs_1.0",
    paper: "paper_acc_fgs_1.0",
    title: `Acc.@1.0&nbsp;${refHtml}`,
    ...asPercent,
  },
];

const moreColumns: readonly Column[] = [
  { key: "rho2_limit5", title: `${rhoTitle}, 5&nbsp;iterations`, ours: significantInterval },
  { key: "rho2_pixels", title: `${rhoTitle} in pixels`, ours: significantInterval },
  { key: "epsilon_ref", title: refHtml, ours: significantInterval },
  { key: "fooled_rate", title: "Fooled", unit: "%", ours: percentInterval },
  { key: "mean_iterations", title: "Iterations", ours: significantInterval },
];

const profileNotes: Readonly<Record<string, string>> = {
  smoke: "a check that everything runs; its numbers are not measurements",
  quick: "some of the paper's rows at the paper's own scale",
  paper: "the paper's own scale",
};

/** What `quick` is on other data sets than MNIST. */
const quickElsewhere = "fewer epochs than the paper's";

/** The options of the table. */
export interface Table1Options {
  /** The epochs of fine-tuning, where they were not the profile's. */
  readonly epochs?: number | undefined;
}

/** The seeds of one method on one network and data set. */
interface Group {
  readonly dataset: string;
  readonly network: string;
  readonly method: string;
  /** One row per seed. */
  readonly rows: readonly Table1Row[];
  /** Repeated seeds. */
  readonly repeated: readonly number[];
}

/**
 * Table 1, our figures and the paper's: one row per method, grouped by data set and network; every profile has
 * its own table. Several seeds are shown as mean ± 95% Student interval, over those that did not
 * diverge. A folded table holds the measures that the paper does not have.
 */
export function table1(rows: readonly Table1Row[], { epochs }: Table1Options = {}): Html {
  const profiles = [...new Set(rows.map((row) => row.profile))];
  const tables = profiles.map((profile) =>
    profileTables(profile, groups(rows.filter((row) => row.profile === profile)), epochs)
  );
  return {
    html: table1Style + (tables.join("") || "<p>No results.</p>"),
    alt:
      `Table 1, our figures and the paper's: accuracy, ρ₂ and accuracies under the fast gradient ` +
      `sign attack of ${rows.length} trained networks.`,
  };
}

function profileTables(profile: string, all: readonly Group[], epochs?: number): string {
  const id = `dd-profile-${profile.replace(/\W/g, "-")}`;
  const about = aboutOf(profile, all);
  const but = epochs === undefined ? "" : `, but ${epochs} epochs of fine-tuning`;
  const seeds = new Set(all.flatMap(({ rows }) => rows.map(({ seed }) => seed)));
  return `<section class="dd-table" aria-labelledby="${id}">` +
    `<p class="dd-profile" id="${id}"><b class="dd-badge">${escapeHtml(profile)}</b> ` +
    `profile${about}${but}${seeds.size === 1 ? ", one seed" : ""}</p>` +
    table("Table 1", mainColumns, all, id) +
    notes(all) +
    "<details><summary>Measures beyond the paper's</summary>" +
    table("Measures beyond the paper's", moreColumns, all, `${id}-more`) +
    `<ul class="dd-notes"><li>${rhoTitle} at most 50 DeepFool iterations in the table above, at most 5 ` +
    `here; in pixels: before the inputs' preprocessing. ${refHtml} belongs to the Deep Defense model of ` +
    "the seed, in units of the preprocessed input. Fooled and Iterations: DeepFool's rate of " +
    "success and its mean number of iterations.</li></ul></details></section>";
}

function aboutOf(profile: string, all: readonly Group[]): string {
  if (profile === "quick" && all.some(({ dataset }) => dataset !== "mnist")) {
    return `: ${quickElsewhere}`;
  }
  return Object.hasOwn(profileNotes, profile) ? `: ${profileNotes[profile]}` : "";
}

function table(title: string, columns: readonly Column[], all: readonly Group[], id: string) {
  const heads = columns.map(({ title, unit }) =>
    `${title}${unit ? ` <span class="dd-unit">${unit}</span>` : ""}`
  );
  const withPaper = columns.some(({ paper }) => paper);
  const hidden = withPaper ? "" : ` class="dd-hidden"`; // the fold's summary says it
  const key = withPaper
    ? `: <span class="dd-ours">ours</span> over <i class="dd-paper">the paper's</i>`
    : "";
  return `<div class="dd-scroll" role="region" tabindex="0" aria-labelledby="${id}-caption">` +
    `<table><caption${hidden} id="${id}-caption"><b>${title}</b>${key}</caption>` +
    headRow(["Method", ...heads]) + bodies(columns, all).join("") + "</table></div>";
}

/** One `<tbody>` per data set and network, headed by their names. */
function bodies(columns: readonly Column[], all: readonly Group[]): string[] {
  const datasets = inDatasetOrder(all.map(({ dataset }) => dataset));
  return datasets.flatMap((dataset) => {
    const here = all.filter((group) => group.dataset === dataset);
    return inNetworkOrder(here.map(({ network }) => network)).map((network) => {
      const methods = here.filter((group) => group.network === network);
      const title = `${escapeHtml(datasetTitle(dataset))}, ${escapeHtml(networkTitle(network))}`;
      return `<tbody><tr><th scope="rowgroup" colspan="${columns.length + 1}">` +
        `<span>${title}</span></th></tr>${
          methods.map((group) => line(columns, group, methods))
            .join("")
        }</tbody>`;
    });
  });
}

function line(columns: readonly Column[], group: Group, methods: readonly Group[]): string {
  const seeds = finished(group).length;
  const diverged = group.rows.some(isDiverged) ? ` <em class="dd-diverged">diverged</em>` : "";
  const count = seeds > 1 ? ` <span class="dd-unit">n = ${seeds}</span>` : "";
  const title = `<i style="background:${methodColor(group.method)}"></i>` +
    `<span>${escapeHtml(methodTitle(group.method))}${count}${diverged}</span>`;
  return `<tr>${nameCell(title)}` +
    `${columns.map((column) => cell(column, group, methods)).join("")}</tr>`;
}

function cell(column: Column, group: Group, methods: readonly Group[]): string {
  const interval = measure(group, column);
  const best = interval !== null && isBest(interval, column, methods);
  const ours = interval === null ? "–" : column.ours(interval);
  if (!column.paper) return numberCell(ours);
  return numberCell(compared(ours, paperValue(column, column.paper, group), best));
}

function paperValue(column: Column, key: keyof Table1Row, { rows }: Group): string {
  const value = rows.map((row) => row[key]).find((value) => typeof value === "number");
  if (typeof value !== "number" || !column.theirs) return "–";
  return `<span class="dd-hidden">paper: </span>${column.theirs(value)}`;
}

function isBest({ mean }: Interval, column: Column, methods: readonly Group[]): boolean {
  const means = methods.flatMap((group) => measure(group, column)?.mean ?? []);
  return means.length > 1 && mean === Math.max(...means);
}

function notes(all: readonly Group[]): string {
  const lines: string[] = [];
  if (all.some((group) => finished(group).length > 1)) {
    lines.push("± : 95% Student interval of the mean over n seeds.");
  }
  lines.push("Bold: the best of these on a network.");
  for (const group of all) {
    const seeds = group.rows.filter(isDiverged).map((row) => row.seed);
    if (seeds.length > 0) lines.push(`${name(group)}: ${seedList(seeds)} diverged, left out.`);
    if (group.repeated.length > 0) {
      lines.push(`${name(group)}: ${seedList(group.repeated)} came twice; the last row is shown.`);
    }
  }
  return `<ul class="dd-notes">${lines.map((text) => `<li>${text}</li>`).join("")}</ul>`;
}

function groups(rows: readonly Table1Row[]): Group[] {
  const byKey = Map.groupBy(
    rows,
    ({ dataset, network, method }) => JSON.stringify([dataset, network, method]),
  );
  const all = [...byKey.values()].flatMap((members) => {
    const [first] = members;
    if (!first) return [];
    const bySeed = Map.groupBy(members, (row) => row.seed);
    const repeated = [...bySeed].filter(([, same]) => same.length > 1).map(([seed]) => seed);
    const { dataset, network, method } = first;
    const kept = [...bySeed.values()].flatMap((same) => same.at(-1) ?? []);
    return [{ dataset, network, method, rows: kept, repeated }];
  });
  const order = inMethodOrder(all.map(({ method }) => method));
  return all.sort((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
}

function measure(group: Group, { key }: Column): Interval | null {
  return studentInterval(
    finished(group).map((row) => {
      const value = row[key];
      return typeof value === "number" ? value : null;
    }),
  );
}

function finished({ rows }: Group): Table1Row[] {
  return rows.filter((row) => !isDiverged(row));
}

function isDiverged(row: Table1Row): boolean {
  return row.status === "diverged";
}

function name({ dataset, network, method }: Group): string {
  return escapeHtml(
    `${datasetTitle(dataset)}, ${networkTitle(network)}, ${methodTitle(method)}`,
  );
}

function seedList(seeds: readonly number[]): string {
  return `seed${seeds.length > 1 ? "s" : ""} ${seeds.join(", ")}`;
}
