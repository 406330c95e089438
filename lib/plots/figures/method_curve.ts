import { escapeHtml } from "../page/html.ts";
import { methodColor, methodSymbol, translucent } from "../palette.ts";
import type { Interval } from "../student_interval.ts";
import { methodTitle } from "../titles.ts";
import type { Json, Trace } from "./figure.ts";

/** One method's curve: at `x[i]` the measure `y[i]`, null where there is none. */
export interface MethodCurve {
  /** How the network was trained. */
  readonly method: string;
  /** Positions, ascending, or the names of categories. */
  readonly x: readonly (number | string)[];
  /** The measure at every position. */
  readonly y: readonly (Interval | null)[];
}

/** How a curve is drawn and what hovering over it says. */
export interface CurveOptions {
  /** The d3-format of a value in the hover text: `.2%`. */
  readonly format: string;
  /** An interval's half width in the hover text. */
  readonly formatHalfWidth: (halfWidth: number) => string;
  /** More of Plotly's entries, such as the axes. */
  readonly own?: { readonly [key: string]: Json };
}

/** The traces of a curve: a line with markers, over a band when there are intervals to show. */
export function methodCurve(curve: MethodCurve, options: CurveOptions): Trace[] {
  const line = lineTrace(curve, options);
  const known = curve.x.flatMap((x, index) => {
    const y = curve.y[index];
    return y && y.halfWidth !== null ? [{ x, mean: y.mean, half: y.halfWidth }] : [];
  });
  return known.length < 2 ? [line] : [bandTrace(curve.method, known, options), line];
}

/** The traces of several panels; a method appears in the legend once, however many panels it is drawn in. */
export function legendOnce(traces: readonly Trace[]): Trace[] {
  const seen = new Set<unknown>();
  return traces.map((trace) => {
    if (trace.showlegend === false) return trace;
    const first = !seen.has(trace.legendgroup);
    seen.add(trace.legendgroup);
    return { ...trace, showlegend: first };
  });
}

function lineTrace({ method, x, y }: MethodCurve, options: CurveOptions): Trace {
  const strong = method.startsWith("deep_defense");
  const color = methodColor(method);
  return {
    type: "scatter",
    ...x.length > 20 ? { mode: "lines" } : {
      mode: "lines+markers",
      marker: { color, symbol: methodSymbol(method), size: strong ? 7 : 6 },
      cliponaxis: false, // markers on the edge stay whole
    },
    name: escapeHtml(methodTitle(method)),
    legendgroup: method,
    x,
    y: y.map((value) => value?.mean ?? null),
    customdata: y.map((value) =>
      typeof value?.halfWidth === "number" ? ` ± ${options.formatHalfWidth(value.halfWidth)}` : ""
    ),
    line: { color, width: strong ? 2.5 : 1.75, dash: method === "reference" ? "dash" : "solid" },
    hovertemplate: `%{y:${options.format}}%{customdata}`,
    ...options.own,
  };
}

function bandTrace(
  method: string,
  known: readonly { x: number | string; mean: number; half: number }[],
  options: CurveOptions,
): Trace {
  const back = known.toReversed();
  return {
    type: "scatter",
    mode: "lines",
    fill: "toself",
    fillcolor: translucent(methodColor(method), 0.16),
    line: { width: 0 },
    x: [...known, ...back].map(({ x }) => x),
    y: [...known.map((p) => p.mean + p.half), ...back.map((p) => p.mean - p.half)],
    hoverinfo: "skip",
    legendgroup: method,
    ...options.own,
    showlegend: false,
  };
}
