import type { Figure, Json } from "../figures/figure.ts";
import { duration } from "../numbers.ts";
import { escapeHtml, type Html, proseHtml } from "./html.ts";
import { figureHtml, page } from "./page.ts";

/** A part of the page under its own heading. */
export interface ReportSection {
  /** The heading, as plain text. */
  readonly heading: string;
  /** A paragraph under the heading, as plain text. */
  readonly text?: string;
  /** Figures and tables, in reading order. */
  readonly content: readonly (Figure | Html)[];
}

/** The parts of a report page. */
export interface ReportOptions {
  /** The page's title, as plain text. */
  readonly title: string;
  /** The page's subject, in a sentence under the title, as plain text. */
  readonly lead?: string;
  /** Facts about its subject, such as its data and date, by name; as plain text. */
  readonly about?: Readonly<Record<string, string>>;
  /** A warning that a reader must see first, as plain text without a full stop. */
  readonly notice?: string | undefined;
  /** Its parts, in reading order. */
  readonly sections: readonly ReportSection[];
  /** The run's settings, shown folded at the end. */
  readonly settings: Readonly<Record<string, Json>>;
  /** The machine that it ran on, shown in the same way. */
  readonly machine: Readonly<Record<string, Json>>;
  /** How long it ran. */
  readonly durationSeconds: number;
  /** A script after which `plotly` is a promise of Plotly. */
  readonly plotlyScript: string;
}

/**
 * A report as one HTML page that needs nothing else: Plotly, figures, tables and images are inside. It
 * follows the reader's light or dark scheme and fits screens from 360 px. Text is escaped; `Html`
 * pieces are inserted unchanged.
 */
export function reportPage(options: ReportOptions): string {
  const { title, sections, settings, machine, durationSeconds, plotlyScript } = options;
  const figures = sections.flatMap(({ content }) => content).flatMap((one) =>
    "html" in one ? [] : [one]
  );
  const body = `${header(options)}
<main>
${parts(sections)}
<details class="how"><summary>Settings and machine</summary>
<div class="facts">${facts("Settings", settings)}${
    facts("Machine", { ...machine, duration: duration(durationSeconds) })
  }</div></details>
</main>`;
  return page({ title, body, figures, plotlyScript });
}

/** The page's subject and its warning. */
function header({ title, lead, about = {}, notice, durationSeconds }: ReportOptions): string {
  const entries = { ...about, "Computed in": duration(durationSeconds) };
  const first = lead === undefined ? "" : `\n<p>${proseHtml(lead)}</p>`;
  const warning = notice === undefined ? "" : `\n<p><b>${escapeHtml(notice)}.</b></p>`;
  return `<header>
<h1>${escapeHtml(title)}</h1>${first}
<dl class="about">${lines(entries)}</dl>${warning}
</header>`;
}

function parts(sections: readonly ReportSection[]): string {
  let figures = 0;
  const numbered = (piece: Figure | Html) =>
    "html" in piece ? piece.html : figureHtml(piece, ++figures);
  return sections.map(({ heading, text, content }, index) =>
    `<section aria-labelledby="section-${index + 1}">` +
    `<h2 id="section-${index + 1}">${escapeHtml(heading)}</h2>` +
    (text === undefined ? "" : `<p>${proseHtml(text)}</p>`) +
    `${content.map(numbered).join("\n")}</section>`
  ).join("\n");
}

function facts(title: string, entries: Readonly<Record<string, Json>>): string {
  return `<section><h3>${title}</h3><dl>${lines(entries)}</dl></section>`;
}

function lines(entries: Readonly<Record<string, Json>>): string {
  return Object.entries(entries).map(([key, value]) =>
    `<div><dt>${escapeHtml(key)}</dt><dd>${escapeHtml(shown(value))}</dd></div>`
  ).join("");
}

function shown(value: Json): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(shown).join(", ");
  if (value === null || typeof value !== "object") return String(value);
  return Object.entries(value).map(([key, one]) => `${key} ${shown(one)}`).join(", ");
}
