import { palette } from "../palette.ts";
import { type Figure, frame, type Json, type Layout } from "./figure.ts";

/** A box, an arrow or a text of a diagram: one of Plotly's annotations. */
export type Part = { readonly [key: string]: Json };

/** A point of a diagram: x from 0 to 1, y in rows from the top. */
export type Point = readonly [x: number, y: number];

/** The height of a row in CSS pixels. */
const rowHeight = 52;

/** A text in a frame of a colour; Plotly's own markup is allowed. */
export function box([x, y]: Point, text: string, color: string): Part {
  const look = { bgcolor: "#ffffff", bordercolor: color, borderwidth: 1.5, borderpad: 5 };
  return { x, y, text, showarrow: false, font: { size: 12, color: "#24292f" }, ...look };
}

/** A text without a frame, `up` CSS pixels above its point. */
export function label([x, y]: Point, text: string, up = 9): Part {
  return { x, y, text, showarrow: false, yshift: up, font: { size: 11 } };
}

/** An arrow that ends `standoff` CSS pixels before the middle of a box. */
export function arrow(from: Point, to: Point, standoff = from[0] === to[0] ? 15 : 60): Part {
  return {
    x: to[0],
    y: to[1],
    ax: from[0],
    ay: from[1],
    axref: "x",
    ayref: "y",
    text: "",
    showarrow: true,
    arrowhead: 2,
    arrowwidth: 1.25,
    arrowcolor: palette.reference,
    standoff,
  };
}

/** A line through points, under the boxes. */
export function line(points: readonly Point[], color: string, dash = "solid"): Layout {
  const path = points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x},${y}`).join(" ");
  return { type: "path", path, layer: "below", line: { color, width: 1.25, dash } };
}

/**
 * A figure of boxes and arrows.
 *
 * @param parts The parts in rows from 0; arrows are drawn first, since boxes cover their ends.
 * @param rows The number of rows.
 */
export function diagram(
  parts: readonly Part[],
  rows: number,
  { shapes = [], alt }: { readonly shapes?: readonly Layout[]; readonly alt: string },
): Figure {
  const hidden = { visible: false, fixedrange: true };
  return {
    data: [{
      type: "scatter",
      mode: "markers",
      x: [0, 1],
      y: [0, rows - 1],
      opacity: 0,
      hoverinfo: "skip",
      showlegend: false,
    }],
    layout: frame({
      height: rows * rowHeight + 40,
      hovermode: false,
      margin: { l: 4, r: 4, t: 20, b: 20 },
      xaxis: { ...hidden, range: [0, 1] },
      yaxis: { ...hidden, range: [rows - 0.4, -0.6] },
      shapes,
      annotations: parts.toSorted((a, b) =>
        Number(a.showarrow === false) - Number(b.showarrow === false)
      ),
    }),
    alt,
  };
}
