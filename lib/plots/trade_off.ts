import { extent } from "d3-array";
import { isMeasured, type Measured, seedMeans } from "../experiments/seed_means.ts";
import {
  axis,
  type Figure,
  frame,
  type Layout,
  legendAbove,
  PERCENT_TICKS,
  RATIO_TICKS,
  roomForLegend,
  type Trace,
} from "./figure.ts";
import { escapeHtml } from "./html.ts";
import { percent, significant } from "./numbers.ts";
import { methodColor, methodSymbol, symbols } from "./palette.ts";

/** A model on a curve. */
export interface TradeOffModel extends Measured {
  /** The scale of the penalty for samples that are predicted right. */
  readonly c: number;
  /** Seed of the training. */
  readonly seed: number;
}

/** Models that differ in c and the seed alone. */
export interface TradeOffCurve {
  /** What the legend calls it, as plain text. */
  readonly name: string;
  /** Its models, in any order. */
  readonly models: readonly TradeOffModel[];
}

/** What stands around the curves. */
export interface TradeOffOptions {
  /** The network that all models were fine-tuned from. */
  readonly reference?: Measured | undefined;
  /** The curves' colours, in turn. */
  readonly colors: readonly string[];
  /** What the figure shows: its caption's first sentence. */
  readonly alt: string;
}

const PLOT_HEIGHT = 330;
const PADDING = "\u00a0\u00a0"; // between a label and its marker
const HOVER = "accuracy %{y:.2%}<br>ρ<sub>2</sub> %{x:.3f}<extra></extra>";

/**
 * Accuracy on benign images against robustness, as in the paper's Figures 3 and 4: a curve for models that differ in c, which
 * falls from left to right; several seeds are drawn as their means. The reference is a cross with guide lines to both axes.
 * Models that diverged are left out and named in the caption.
 */
export function tradeOff(
  curves: readonly TradeOffCurve[],
  { reference, colors, alt }: TradeOffOptions,
): Figure {
  const start = reference && isMeasured(reference) ? [reference] : [];
  const traces = apart(
    curves.map((curve, i) =>
      curveTrace(curve, colors[i % colors.length]!, symbols[i % symbols.length]!)
    ),
  );
  const models = [...start, ...curves.flatMap((curve) => curve.models)].filter(isMeasured);
  const layout = tradeOffLayout(start.flatMap(guideLines), models.map(({ rho2 }) => rho2));
  return {
    data: [...start.map(referenceTrace), ...traces],
    layout,
    narrow: roomForLegend(layout, curves.length + start.length),
    alt: [alt, ...explanations(curves, start), ...divergedOf(curves)].join(" "),
  };
}

function curveTrace({ name, models }: TradeOffCurve, color: string, symbol: string): Trace {
  const drawn = seedMeans(models, ({ c }) => c).filter(isMeasured).sort((a, b) => b.c - a.c);
  const title = escapeHtml(name);
  return {
    type: "scatter",
    mode: "lines+markers+text",
    name: title,
    x: drawn.map(({ rho2 }) => rho2),
    y: drawn.map(({ accuracy }) => accuracy),
    customdata: drawn.map(({ c }) => c),
    text: drawn.map(({ c }, i) => i === drawn.length - 1 ? `${PADDING}c = ${c}` : ""),
    textfont: { size: 11 },
    line: { color, width: 2 },
    marker: { color, symbol, size: 9 },
    cliponaxis: false,
    hovertemplate: `<b>${title}, c = %{customdata}</b><br>${HOVER}`,
  };
}

/** The curves with their labels apart, also where two end at one place: the highest end's above it, the lowest end's below. */
function apart(curves: readonly Trace[]): Trace[] {
  const endOf = ({ y }: Trace) => (y as number[]).at(-1);
  const [lowest, highest] = extent(curves, endOf);
  return curves.map((curve) => {
    const end = endOf(curve);
    const side = end === highest ? "top" : end === lowest ? "bottom" : "middle";
    return { ...curve, textposition: `${side} right` };
  });
}

function referenceTrace({ accuracy, rho2 }: Measured): Trace {
  const color = methodColor("reference");
  return {
    type: "scatter",
    mode: "markers",
    name: "Reference",
    x: [rho2],
    y: [accuracy],
    marker: { color, symbol: methodSymbol("reference"), size: 10 },
    cliponaxis: false,
    hovertemplate: `<b>Reference</b><br>${HOVER}`,
  };
}

/** Lines through the reference: right of and above them a model is better. */
function guideLines({ accuracy, rho2 }: Measured): Layout[] {
  const line = { color: methodColor("reference"), width: 1, dash: "dash" };
  const own = { type: "line", layer: "below", line };
  return [
    { ...own, xref: "x", yref: "y domain", x0: rho2, x1: rho2, y0: 0, y1: 1 },
    { ...own, xref: "x domain", yref: "y", x0: 0, x1: 1, y0: accuracy, y1: accuracy },
  ];
}

function tradeOffLayout(shapes: readonly Layout[], ratios: readonly number[]): Layout {
  return frame({
    xaxis: axis("x", "ρ<sub>2</sub>", { ...RATIO_TICKS, ...roomForLabels(ratios) }),
    yaxis: axis("y", "Test accuracy", PERCENT_TICKS),
    hovermode: "closest",
    legend: legendAbove(PLOT_HEIGHT, 10),
    height: PLOT_HEIGHT + 100,
    shapes,
  });
}

/** The range of an axis with room on the right for a label; Plotly's own where there is nothing to range over. */
function roomForLabels(values: readonly number[]): Layout {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const width = high - low;
  return width > 0 ? { range: [low - 0.06 * width, high + 0.18 * width] } : {};
}

function explanations(curves: readonly TradeOffCurve[], start: readonly Measured[]): string[] {
  const models = curves.flatMap((curve) => curve.models);
  const cs = [...new Set(models.map(({ c }) => c))].sort((a, b) => b - a);
  const seeds = new Set(models.map(({ seed }) => seed)).size;
  const range = cs.length > 1 ? ` from ${cs[0]} to ${cs.at(-1)}` : "";
  return [
    `Along every curve c falls${range}, where the label stands.`,
    ...(seeds > 1 ? [`Means over ${seeds} seeds.`] : []),
    ...start.filter(isMeasured).map(({ accuracy, rho2 }) =>
      `Dashed: the reference, accuracy ${percent(accuracy)}%, ρ₂ ${significant(rho2)}.`
    ),
  ];
}

function divergedOf(curves: readonly TradeOffCurve[]): string[] {
  const lost = curves.flatMap(({ name, models }) =>
    models.filter((model) => !isMeasured(model))
      .map(({ c, seed }) => `${name}, c = ${c}, seed ${seed}`)
  );
  return lost.length > 0 ? [`Diverged and left out: ${lost.join("; ")}.`] : [];
}
