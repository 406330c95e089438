import type { Json } from "../../files/checksums.ts";
import { escapeHtml } from "../page/html.ts";

export type { Json } from "../../files/checksums.ts";
export { palette } from "../palette.ts";
export { methodTitle, networkTitle } from "../titles.ts";

/** Plotly's layout, as plain JSON. */
export type Layout = { readonly [key: string]: Json };

/** One of Plotly's traces, as plain JSON. */
export type Trace = { readonly type: string; readonly [key: string]: Json };

/** One of Plotly's frames: traces that take the place of the figure's own when its slider stands there. */
export interface Frame {
  /** The name by which a slider's step calls it. */
  readonly name: string;
  /** The new traces. */
  readonly data: readonly Trace[];
  /** Which of the figure's traces they replace, by index. */
  readonly traces: readonly number[];
}

/** A figure as data: any Plotly in a browser draws it, and nothing here needs one. */
export interface Figure {
  /** The curves; the first ones are drawn at the back. */
  readonly data: readonly Trace[];
  /** Axes, legend, annotations and size. */
  readonly layout: Layout;
  /** The layout for screens narrower than 640 px, if another arrangement is better there. */
  readonly narrow?: Layout;
  /** What a slider in the layout moves through, if there is one. */
  readonly frames?: readonly Frame[];
  /** What the figure shows, in a sentence or two: its caption, and its text for screen readers. */
  readonly alt: string;
}

/** Height of one panel in CSS pixels. */
export const panelHeight = 250;

const plotMargins = { l: 68, r: 14, t: 44, b: 56 };
const fontFamily =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** Whole numbers 0-255 in rows, packed as Plotly's typed arrays: as lists they would fill a notebook. */
export function packed(values: Uint8Array, rows: number): Json {
  return {
    dtype: "u1",
    bdata: values.toBase64(),
    shape: `${rows}, ${values.length / rows}`,
  };
}

/** The background of a figure: white, near-black, or unknown. */
export type Theme = "neutral" | "light" | "dark";

const inks: Readonly<Record<Theme, { text: string; grid: string; axis: string; paper: string }>> = {
  neutral: { text: "#767676", grid: "rgba(128,128,128,.22)", axis: "#8c8c8c", paper: "#ffffff" },
  light: { text: "#24292f", grid: "#e7e9ec", axis: "#8b949e", paper: "#ffffff" },
  dark: { text: "#d5dae0", grid: "#2b3138", axis: "#6e7781", paper: "#1b2026" },
};

/**
 * The colours of a theme, and the format of numbers, as Plotly's `layout.template`. Figures carry the neutral one, readable on white
 * and on black; a page that knows its background replaces it.
 */
export function template(theme: Theme): Layout {
  const { text, grid, axis, paper } = inks[theme];
  const colors = { gridcolor: grid, linecolor: axis, tickcolor: axis, zerolinecolor: grid };
  const axes = { ...colors, exponentformat: "none" }; // 0.0001, not 100µ
  return {
    layout: {
      font: { color: text },
      xaxis: axes,
      yaxis: axes,
      hoverlabel: { bgcolor: paper, bordercolor: axis },
      shapedefaults: { line: { color: axis } },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: axis, activecolor: text },
    },
  };
}

/** The layout that all figures share, with a figure's own entries over it. */
export function frame(own: Layout): Layout {
  return {
    template: template("neutral"),
    font: { family: fontFamily, size: 13 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: plotMargins,
    height: panelHeight + plotMargins.t + plotMargins.b,
    hovermode: "x unified",
    showlegend: true, // of a single curve too
    hoverlabel: { font: { family: fontFamily, size: 12 } },
    ...own,
  };
}

/** A legend in a row above the panels, `gap` pixels (a heading's height) over plots that are `plotHeight` pixels high. */
export function legendAbove(plotHeight: number = panelHeight, gap = 28): Layout {
  return {
    orientation: "h",
    x: 0,
    xanchor: "left",
    y: 1 + gap / plotHeight,
    yanchor: "bottom",
    itemsizing: "trace",
  };
}

/** The layout for a narrow screen, where a legend of `entries` wraps into lines of about two. */
export function roomForLegend(layout: Layout, entries: number): Layout {
  return { ...layout, height: Number(layout.height) + 21 * (Math.ceil(entries / 2) - 1) };
}

/** A caption's subject: the panel's heading, if it has one, before a sentence in lower case. A first word of Greek letters stays small: it is a symbol. */
export function caption(title: string | undefined, sentence: string): string {
  if (title !== undefined) return `${title}: ${sentence}`;
  return sentence.replace(/^[a-z]/, (letter) => letter.toUpperCase());
}

const spikeLine = { spikethickness: 1, spikedash: "solid", spikecolor: "#8c8c8c" };

/** An axis with its title: a line with outward ticks along x, a grid without a line along y. */
export function axis(direction: "x" | "y", title: string, own: Layout = {}): Layout {
  const look: Layout = direction === "x"
    ? { showgrid: false, showline: true, ticks: "outside", ticklen: 4, ...spikeLine }
    : { showgrid: true, showline: false, nticks: 6 };
  return {
    ...look,
    zeroline: false,
    title: { text: title, standoff: 8, font: { size: 13 } },
    ...own,
  };
}

/** Ticks of a fraction: as many decimals as the distance between ticks needs, at any zoom. */
export const percentTicks: Layout = {
  tickformat: ".0%",
  tickformatstops: [
    { dtickrange: [null, 0.0009], value: ".2%" },
    { dtickrange: [0.0009, 0.009], value: ".1%" },
  ],
};

/** Ticks of a ratio such as ρ_2, with as many decimals as needed at any zoom. */
export const ratioTicks: Layout = {
  tickformat: ".1f",
  tickformatstops: [
    { dtickrange: [null, 0.00009], value: ".5f" },
    { dtickrange: [0.00009, 0.0009], value: ".4f" },
    { dtickrange: [0.0009, 0.009], value: ".3f" },
    { dtickrange: [0.009, 0.09], value: ".2f" },
  ],
};

/** A panel's heading, over its left corner; `index` counts panels from 0. */
export function panelHeading(text: string, index = 0): Layout {
  return {
    text: `<b>${escapeHtml(text)}</b>`,
    xref: `${axisName("x", index, "trace")} domain`,
    yref: `${axisName("y", index, "trace")} domain`,
    x: 0,
    xanchor: "left",
    y: 1,
    yanchor: "bottom",
    yshift: 3,
    showarrow: false,
  };
}

/** The name of the n-th axis (from 0) in a layout, `xaxis`, `xaxis2`, ..., and in traces, `x`, `x2`, ... */
export function axisName(direction: "x" | "y", index: number, where: "layout" | "trace"): string {
  return direction + (where === "layout" ? "axis" : "") + (index === 0 ? "" : String(index + 1));
}

/** The positions of panels. */
interface PanelGrid {
  /** Every panel's edges, in fractions of the plot from its lower left corner. */
  readonly domains: readonly { readonly x: readonly number[]; readonly y: readonly number[] }[];
  /** Height of all panels and the gaps between them, in CSS pixels. */
  readonly plotHeight: number;
  /** `plotHeight` and the margins around it. */
  readonly height: number;
}

/** Arranges `count` panels in rows of `columns`, the first at the top left. */
function panelGrid(count: number, columns: number): PanelGrid {
  const rows = Math.ceil(count / columns);
  const [across, down] = [0.12, 84]; // gaps: a fraction of the width, pixels
  const plotHeight = rows * panelHeight + (rows - 1) * down;
  const width = (1 - (columns - 1) * across) / columns;
  const domains = Array.from({ length: count }, (_, index) => {
    const left = (index % columns) * (width + across);
    const top = Math.floor(index / columns) * (panelHeight + down);
    const y = [1 - (top + panelHeight) / plotHeight, 1 - top / plotHeight];
    return { x: [left, left + width], y: y.map((edge) => Math.min(1, Math.max(0, edge))) };
  });
  return { domains, plotHeight, height: plotHeight + plotMargins.t + plotMargins.b };
}

/** One of a figure's panels: its heading, and its axes without their places. */
export interface Panel {
  readonly heading: string;
  readonly x: readonly [title: string, own: Layout];
  readonly y: readonly [title: string, own: Layout];
}

/** The layout of panels in rows of `columns`, the n-th with the n-th axes, under a legend. */
export function panelLayout(panels: readonly Panel[], columns: number): Layout {
  const { domains, plotHeight, height } = panelGrid(panels.length, columns);
  const axes = panels.flatMap(({ x, y }, index) => {
    const place = (direction: "x" | "y", other: "x" | "y", [title, own]: Panel["x"]) => {
      const domain = domains[index]![direction];
      const placed = { ...own, domain, anchor: axisName(other, index, "trace") };
      return [axisName(direction, index, "layout"), axis(direction, title, placed)] as const;
    };
    return [place("x", "y", x), place("y", "x", y)];
  });
  return frame({
    ...Object.fromEntries(axes),
    annotations: panels.map(({ heading }, index) => panelHeading(heading, index)),
    legend: legendAbove(plotHeight),
    height,
  });
}
