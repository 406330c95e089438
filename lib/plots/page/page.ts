import { type Figure, template } from "../figures/figure.ts";
import { drawScript, pageStyle } from "./assets.ts";
import { escapeHtml, inlineJson, inlineScript, proseHtml } from "./html.ts";

/** The parts of a page. */
export interface PageOptions {
  /** The page's title, as plain text. */
  readonly title: string;
  /** Its contents, as finished HTML; figures are at the places made by {@linkcode figureHtml}. */
  readonly body: string;
  /** The figures, in the order of their places. */
  readonly figures: readonly Pick<Figure, "data" | "layout" | "narrow" | "frames">[];
  /** A script after which `plotly` is a promise of Plotly; empty where there are no figures. */
  readonly plotlyScript: string;
  /** CSS after the page's own. */
  readonly style?: string;
}

// The page may run only its own scripts: it makes no requests.
const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; " +
  "img-src data: blob:; font-src data:";

/**
 * One HTML page that needs nothing else: Plotly, figures, tables and images are inside. It follows the reader's light or
 * dark scheme and fits screens from 360 px.
 */
export function page({ title, body, figures, plotlyScript, style = "" }: PageOptions): string {
  const island = { figures, templates: { light: template("light"), dark: template("dark") } };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}${style}</style>
</head>
<body>
${body}
<noscript><p>The figures need JavaScript; tables and captions do not.</p></noscript>
<script type="application/json" id="figures">${inlineJson(island)}</script>
<script>${inlineScript(plotlyScript)}</script>
<script>${drawScript}</script>
</body>
</html>
`;
}

/** A figure's place on a page and its caption; `number`, which is not shown, counts the page's figures from 1. */
export function figureHtml(
  { layout, alt }: Pick<Figure, "layout" | "alt">,
  number: number,
): string {
  const height = Number(layout.height) || 400;
  return `<figure class="chart"><div class="plot" role="img" ` +
    `aria-labelledby="figure-${number}" style="min-height:${height}px"></div>` +
    `<figcaption id="figure-${number}">${proseHtml(alt)}</figcaption>` +
    "</figure>";
}
