import { escapeHtml } from "../page/html.ts";
import { categorical, palette, symbols, translucent } from "../palette.ts";
import {
  axis,
  type Figure,
  frame,
  type Layout,
  legendAbove,
  packed,
  type Trace,
} from "./figure.ts";

/** A square lattice of points in the plane. */
export interface Lattice {
  /** The positions along the horizontal axis. */
  readonly xs: readonly number[];
  /** The positions along the vertical axis. */
  readonly ys: readonly number[];
  /** All points, x running fastest, [ys x xs, 2]. */
  readonly points: Float32Array;
}

/** An attack's path through the plane. */
export interface Path {
  /** Its name in the legend. */
  readonly name: string;
  /** Its start and the end of every step. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** The straight line a x1 + b x2 = c. */
export interface StraightLine {
  /** Its name in the legend. */
  readonly name: string;
  /** x1's coefficient. */
  readonly a: number;
  /** x2's coefficient. */
  readonly b: number;
  /** The right side. */
  readonly c: number;
}

/** What is drawn over the regions. */
export interface DecisionMapOptions {
  /** Samples, [N, 2], and their classes. */
  readonly samples?: { readonly points: ArrayLike<number>; readonly labels: ArrayLike<number> };
  /** Attacks' paths. */
  readonly paths?: readonly Path[];
  /** Linearised boundaries. */
  readonly lines?: readonly StraightLine[];
  /** A smaller lattice, whose square is drawn: what a map of it shows closer. */
  readonly closeUp?: Lattice;
  /** What the figure shows, in a sentence: its caption. */
  readonly alt: string;
}

const mapHeight = 520;

/** A lattice over the square that reaches as far as `extent` from its centre, with `count` points per side. */
export function lattice(
  extent: number,
  count: number,
  [x, y]: readonly [x: number, y: number] = [0, 0],
): Lattice {
  const offsets = Array.from({ length: count }, (_, i) => extent * (2 * i / (count - 1) - 1));
  const [xs, ys] = [offsets.map((offset) => x + offset), offsets.map((offset) => y + offset)];
  return { xs, ys, points: Float32Array.from(ys.flatMap((y) => xs.flatMap((x) => [x, y]))) };
}

/**
 * What a classifier of the plane predicts everywhere, its samples, and attacks' paths over it.
 *
 * @param predicted The class at every point of the lattice, at most four classes.
 */
export function decisionMap(
  { xs, ys }: Lattice,
  predicted: ArrayLike<number>,
  { samples, paths = [], lines = [], closeUp, alt }: DecisionMapOptions,
): Figure {
  const plane = { showgrid: false, constrain: "domain" };
  const ranges = { x: [xs[0]!, xs.at(-1)!], y: [ys[0]!, ys.at(-1)!] } as const;
  return {
    data: [
      regions({ xs, ys }, predicted),
      ...(samples ? sampleTraces(samples) : []),
      ...lines.map((line, i) => lineTrace(line, ranges, i)),
      ...paths.map((path) => pathTrace(path)),
    ],
    layout: frame({
      height: mapHeight,
      hovermode: "closest",
      legend: legendAbove(mapHeight - 100, 8),
      xaxis: axis("x", "x<sub>1</sub>", { ...plane, range: ranges.x, scaleanchor: "y" }),
      yaxis: axis("y", "x<sub>2</sub>", { ...plane, range: ranges.y }),
      shapes: closeUp ? [square(closeUp)] : [],
    }),
    alt,
  };
}

function square({ xs, ys }: Lattice): Layout {
  const line = { color: palette.deep_defense, width: 1.5, dash: "dot" };
  return { type: "rect", x0: xs[0]!, x1: xs.at(-1)!, y0: ys[0]!, y1: ys.at(-1)!, line };
}

function regions({ xs, ys }: Omit<Lattice, "points">, predicted: ArrayLike<number>): Trace {
  const last = categorical.length - 1;
  return {
    type: "heatmap",
    x: xs,
    y: ys,
    z: packed(Uint8Array.from(predicted), ys.length),
    zmin: 0,
    zmax: last,
    colorscale: categorical.flatMap((color, i) => [
      [i / (last + 1), translucent(color, 0.28)],
      [(i + 1) / (last + 1), translucent(color, 0.28)],
    ]),
    showscale: false,
    hovertemplate: "predicted class %{z}<extra></extra>",
  };
}

function sampleTraces(
  { points, labels }: { points: ArrayLike<number>; labels: ArrayLike<number> },
): Trace[] {
  const classes = [...new Set(Array.from(labels))].sort();
  return classes.map((label) => {
    const own = Array.from(labels, (_, i) => i).filter((i) => labels[i] === label);
    return {
      type: "scatter",
      mode: "markers",
      name: `class ${label}`,
      x: own.map((i) => points[2 * i]!),
      y: own.map((i) => points[2 * i + 1]!),
      marker: { color: categorical[label]!, symbol: symbols[label]!, size: 4 },
      hoverinfo: "name",
    };
  });
}

function pathTrace({ name, points }: Path): Trace {
  return {
    type: "scatter",
    mode: "lines+markers",
    name: escapeHtml(name),
    x: points.map(([x]) => x),
    y: points.map(([, y]) => y),
    line: { color: palette.deep_defense, width: 2.5 },
    marker: {
      color: palette.deep_defense,
      symbol: points.map((_, i) => i ? "circle" : "x"),
      size: 8,
    },
    customdata: points.map((_, i) => i ? `after step ${i}` : "x"),
    hovertemplate: "%{customdata}: (%{x:.3f}, %{y:.3f})<extra></extra>",
  };
}

/** The part of a line inside the square, on either axis. */
function lineTrace(
  { name, a, b, c }: StraightLine,
  ranges: { readonly x: readonly number[]; readonly y: readonly number[] },
  index: number,
): Trace {
  const ends = Math.abs(b) > Math.abs(a)
    ? ranges.x.map((x) => [x, (c - a * x) / b] as const)
    : ranges.y.map((y) => [(c - b * y) / a, y] as const);
  return {
    type: "scatter",
    mode: "lines",
    name: escapeHtml(name),
    x: ends.map(([x]) => x),
    y: ends.map(([, y]) => y),
    line: {
      color: palette.deep_defense_adv_train_2,
      width: 1.5,
      dash: ["solid", "dash", "dot", "dashdot"][index % 4]!,
    },
    hoverinfo: "name",
  };
}
