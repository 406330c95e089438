import { type Figure, type Json, template } from "./figure.ts";
import { escapeHtml, type Html, inlineJson, inlineScript } from "./html.ts";
import { duration } from "./numbers.ts";
import { DRAW_SCRIPT, PAGE_STYLE } from "./report_assets.ts";

/** A part of the page under its own heading. */
export interface ReportSection {
  /** The heading, as plain text. */
  readonly heading: string;
  /** A paragraph under the heading, as plain text. */
  readonly text?: string;
  /** Figures and tables, in reading order. */
  readonly content: readonly (Figure | Html)[];
}

/** What a report page is made of. */
export interface ReportOptions {
  /** The page's title, as plain text. */
  readonly title: string;
  /** Its parts, in reading order. */
  readonly sections: readonly ReportSection[];
  /** The run's settings, as they are to be shown. */
  readonly settings: Readonly<Record<string, Json>>;
  /** The machine it ran on, likewise. */
  readonly machine: Readonly<Record<string, Json>>;
  /** How long it ran. */
  readonly durationSeconds: number;
  /** Plotly's text, from {@linkcode plotlySource} or any smaller bundle with scatter traces. */
  readonly plotlyScript: string;
}

// The page may run its own scripts and nothing else: no request leaves it.
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; " +
  "img-src data: blob:";

/**
 * A report as one HTML page that needs nothing else: Plotly, figures, tables and images are inside. It
 * follows the reader's light or dark scheme and fits screens from 360 px. Text is escaped; `Html`
 * pieces are put in as they are.
 */
export function reportPage(options: ReportOptions): string {
  const { title, sections, settings, machine, durationSeconds, plotlyScript } = options;
  const figures = sections.flatMap(({ content }) => content).filter((one) => !("html" in one));
  const island = { figures, templates: { light: template("light"), dark: template("dark") } };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeHtml(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<p class="quiet">Computed in ${duration(durationSeconds)}.</p>
</header>
<main>
${body(sections)}
<section aria-labelledby="how"><h2 id="how">How it was computed</h2>
<div class="facts">${facts("Settings", settings)}${
    facts("Machine", { ...machine, duration: duration(durationSeconds) })
  }</div></section>
</main>
<noscript><p>The figures need JavaScript; tables and captions do not.</p></noscript>
<script type="application/json" id="figures">${inlineJson(island)}</script>
<script>${inlineScript(plotlyScript)}</script>
<script>${DRAW_SCRIPT}</script>
</body>
</html>
`;
}

/**
 * The text of the installed Plotly, for {@linkcode reportPage}: 10 MB.
 *
 * @throws {Deno.errors.NotFound} When `plotly.js-dist` is not installed.
 */
export function plotlySource(): Promise<string> {
  return Deno.readTextFile(new URL(import.meta.resolve("plotly.js-dist/plotly.js")));
}

function body(sections: readonly ReportSection[]): string {
  let figures = 0;
  const numbered = (piece: Figure | Html) =>
    "html" in piece ? piece.html : figureHtml(piece, ++figures);
  return sections.map(({ heading, text, content }, index) =>
    `<section aria-labelledby="section-${index + 1}">` +
    `<h2 id="section-${index + 1}">${escapeHtml(heading)}</h2>` +
    (text === undefined ? "" : `<p>${escapeHtml(text)}</p>`) +
    `${content.map(numbered).join("\n")}</section>`
  ).join("\n");
}

function figureHtml({ layout, alt }: Figure, number: number): string {
  const height = Number(layout.height) || 400;
  return `<figure class="chart"><div class="plot" role="img" ` +
    `aria-labelledby="figure-${number}" style="min-height:${height}px"></div>` +
    `<figcaption id="figure-${number}"><b>Figure ${number}.</b> ${escapeHtml(alt)}</figcaption>` +
    "</figure>";
}

function facts(title: string, entries: Readonly<Record<string, Json>>): string {
  const lines = Object.entries(entries).map(([key, value]) =>
    `<div><dt>${escapeHtml(key)}</dt><dd>${escapeHtml(shown(value))}</dd></div>`
  );
  return `<section><h3>${title}</h3><dl>${lines.join("")}</dl></section>`;
}

function shown(value: Json): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(shown).join(", ");
  if (value === null || typeof value !== "object") return String(value);
  return Object.entries(value).map(([key, one]) => `${key} ${shown(one)}`).join(", ");
}
