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
import { methodColor, methodSymbol } from "./palette.ts";

/** A model on a curve; null measures where it diverged. */
export interface TradeOffPoint {
  /** The scale for samples that are predicted right. */
  readonly c: number;
  /** Fraction of the test images classified right, in [0, 1]. */
  readonly accuracy: number | null;
  /** Mean ‖Δ_x‖ / ‖x‖ over the test images. */
  readonly rho2: number | null;
}

/** Models that differ in c alone. */
export interface TradeOffCurve {
  readonly name: string;
  readonly color: string;
  /** A marker, in Plotly's names. */
  readonly symbol: string;
  readonly points: readonly TradeOffPoint[];
}

/** What stands around the curves. */
export interface TradeOffOptions {
  /** The network that all models were fine-tuned from. */
  readonly reference?: undefined | Pick<TradeOffPoint, "accuracy" | "rho2">;
  /** What the figure shows. */
  readonly alt: string;
}

/**
 * Accuracy on benign images against robustness, as in the paper's Figures 3 and 4: a curve for models that differ in c, which
 * falls from left to right. The reference is a cross.
 */
export function tradeOff(
  curves: readonly TradeOffCurve[],
  { reference, alt }: TradeOffOptions,
): Figure {
  const traces = curves.map(curveTrace);
  const start = reference ? [referenceTrace(reference)] : [];
  const layout = tradeOffLayout();
  return {
    data: [...start, ...traces],
    layout,
    narrow: roomForLegend(layout, curves.length + start.length),
    alt: alt + divergedOf(curves),
  };
}

function curveTrace({ name, color, symbol, points }: TradeOffCurve): Trace {
  const drawn = points.filter(isMeasured).toSorted((a, b) => b.c - a.c);
  return {
    type: "scatter",
    mode: "lines+markers",
    name,
    x: drawn.map(({ rho2 }) => rho2),
    y: drawn.map(({ accuracy }) => accuracy),
    customdata: drawn.map(({ c }) => c),
    line: { color, width: 2 },
    marker: { color, symbol, size: 8 },
    cliponaxis: false,
    hovertemplate:
      `<b>${name}</b>, c = %{customdata}<br>accuracy %{y:.2%}<br>ρ<sub>2</sub> %{x:.3f}<extra></extra>`,
  };
}

function referenceTrace({ accuracy, rho2 }: Pick<TradeOffPoint, "accuracy" | "rho2">): Trace {
  const color = methodColor("reference");
  return {
    type: "scatter",
    mode: "markers",
    name: "Reference",
    x: [rho2],
    y: [accuracy],
    marker: { color, symbol: methodSymbol("reference"), size: 10 },
    cliponaxis: false,
    hovertemplate: "<b>Reference</b><br>accuracy %{y:.2%}<br>ρ<sub>2</sub> %{x:.3f}<extra></extra>",
  };
}

function tradeOffLayout(): Layout {
  const plotHeight = 330;
  return frame({
    xaxis: axis("x", "ρ<sub>2</sub>", RATIO_TICKS),
    yaxis: axis("y", "Test accuracy", PERCENT_TICKS),
    hovermode: "closest",
    legend: legendAbove(plotHeight, 10),
    height: plotHeight + 100,
  });
}

function isMeasured({ accuracy, rho2 }: TradeOffPoint): boolean {
  return accuracy !== null && rho2 !== null;
}

function divergedOf(curves: readonly TradeOffCurve[]): string {
  const lost = curves.flatMap(({ name, points }) =>
    points.filter((point) => !isMeasured(point)).map(({ c }) => `${name}, c = ${c}`)
  );
  return lost.length > 0 ? ` Diverged and left out: ${escapeHtml(lost.join("; "))}.` : "";
}
