import { escapeHtml } from "../page/html.ts";
import { categorical, dashes, methodColor, methodSymbol, sequential, symbols } from "../palette.ts";
import { methodTitle } from "../titles.ts";
import {
  axis,
  caption,
  type Figure,
  frame,
  type Layout,
  legendAbove,
  panelHeading,
  roomForLegend,
  type Trace,
} from "./figure.ts";

/** A curve through points. */
export interface Line {
  /** Its name in the legend: plain text, or a method's identifier, which gives it the method's name and colour. */
  readonly name: string;
  /** Positions, ascending. */
  readonly x: readonly number[];
  /** The value at every position. */
  readonly y: readonly number[];
}

/** The options of the figure around the curves. */
export interface LinesOptions {
  /** The horizontal axis' title, with its unit; Plotly's own markup is allowed. */
  readonly x: string;
  /** The vertical axis' title, in the same form. */
  readonly y: string;
  /** What the figure shows, in a sentence: its caption. */
  readonly alt: string;
  /** A heading, as plain text. */
  readonly title?: string;
  /** Whether the values are fractions, shown in percent. */
  readonly percent?: boolean;
  /** More of Plotly's entries of the axes, such as `type: "log"`. */
  readonly axes?: { readonly x?: Layout; readonly y?: Layout };
}

/**
 * Named curves over common axes. With few points they have markers. Curves over λ have the colours and markers of the
 * paper's Figure 3. Where there are more curves than colours, dashes tell them apart.
 */
export function lines(curves: readonly Line[], options: LinesOptions): Figure {
  const { x, y, alt, title, percent = false, axes = {} } = options;
  const isOverLambda = curves.every(({ name }) => name.startsWith("λ = "));
  const colors = isOverLambda ? sequential : categorical;
  const layout = frame({
    xaxis: axis("x", x, axes.x),
    yaxis: axis("y", y, { tickformat: percent ? ".0%" : "", ...axes.y }),
    legend: legendAbove(),
    annotations: title === undefined ? [] : [panelHeading(title)],
  });
  return {
    data: curves.map((curve, i) => lineTrace(curve, i, colors, percent)),
    layout,
    narrow: roomForLegend(layout, curves.length),
    alt: caption(title, alt),
  };
}

function lineTrace(
  { name, x, y }: Line,
  index: number,
  colors: readonly string[],
  percent: boolean,
): Trace {
  const known = methodTitle(name) !== name;
  const color = known ? methodColor(name) : colors[index % colors.length]!;
  const round = Math.floor(index / colors.length);
  const symbol = known ? methodSymbol(name) : symbols[index % symbols.length]!;
  return {
    type: "scatter",
    ...(x.length > 20
      ? { mode: "lines" }
      : { mode: "lines+markers", marker: { color, symbol, size: 7 } }),
    name: escapeHtml(methodTitle(name)),
    x,
    y,
    line: {
      color,
      width: 2,
      ...(known || round === 0 ? {} : { dash: dashes[round % dashes.length]! }),
    },
    hovertemplate: `%{y:${percent ? ".1%" : ".4~g"}}`,
  };
}
