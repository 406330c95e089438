import { mean } from "d3-array";
import { significant } from "../numbers.ts";
import { escapeHtml } from "../page/html.ts";
import { methodColor, translucent } from "../palette.ts";
import { methodTitle } from "../titles.ts";
import {
  axis,
  axisName,
  caption,
  type Figure,
  frame,
  type Layout,
  panelHeading,
  ratioTicks,
  type Trace,
} from "./figure.ts";

/** The perturbations that DeepFool needed to fool one network. */
export interface RatioSeries {
  /** How the network was trained, or which attack was used: it gives the colour, and the row's name. */
  readonly method: string;
  /** ‖Δ_x‖ / ‖x‖ of every test image; values that are not finite are ignored. */
  readonly ratios: ArrayLike<number>;
}

/** The options of the histograms. */
export interface RatioDistributionOptions {
  /** The panel's heading: the network's name. */
  readonly title?: string;
  /** Bins between 0 and the 99.5th percentile of all ratios; bins beyond have the same width. */
  readonly bins?: number;
  /** The name of the attack; DeepFool unless given. */
  readonly attack?: string;
}

interface Histogram {
  readonly method: string;
  readonly mean: number;
  readonly centers: readonly number[];
  readonly shares: readonly number[];
}

const [histogramHeight, aloneHeight] = [60, 120]; // CSS pixels: a histogram, and one that is alone
const labelHeight = 24; // above it

/**
 * Histograms of ‖Δ_x‖ / ‖x‖, one under the other over a common axis and to a common scale; a dashed line marks each mean,
 * which is ρ_2 (Eq. 7). The axis ends at the 99.5th percentile: zooming out shows the rest.
 */
export function ratioDistribution(
  series: readonly RatioSeries[],
  { title, bins = 48, attack = "DeepFool" }: RatioDistributionOptions = {},
): Figure {
  const finite = series.map(({ method, ratios }) => ({
    method,
    ratios: Array.from(ratios).filter(Number.isFinite),
  }));
  const end = percentile(finite.flatMap(({ ratios }) => ratios), 0.995) || 1;
  const histograms = finite.map((one) => histogram(one.method, one.ratios, end / bins));
  return {
    data: histograms.map(trace),
    layout: distributionLayout(histograms, end, title),
    alt: describe(histograms, title, attack),
  };
}

function histogram(method: string, ratios: readonly number[], width: number): Histogram {
  const counts = new Map<number, number>();
  for (const ratio of ratios) {
    const bin = Math.floor(ratio / width);
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  const filled = [...counts.keys()];
  const shown = new Set(filled.flatMap((bin) => [bin - 1, bin, bin + 1])); // steps return to zero
  const sorted = [...shown].filter((bin) => bin >= -1).sort((a, b) => a - b);
  return {
    method,
    mean: mean(ratios) ?? NaN,
    centers: sorted.map((bin) => (bin + 0.5) * width),
    shares: sorted.map((bin) => (counts.get(bin) ?? 0) / ratios.length),
  };
}

function trace({ method, centers, shares }: Histogram, row: number): Trace {
  const color = methodColor(method);
  return {
    type: "scatter",
    mode: "lines",
    name: escapeHtml(methodTitle(method)),
    x: centers,
    y: shares,
    yaxis: axisName("y", row, "trace"),
    line: { shape: "hvh", color, width: 1.5 },
    fill: "tozeroy",
    fillcolor: translucent(color, 0.25),
    hovertemplate: "%{y:.2%} of the images",
  };
}

function distributionLayout(
  histograms: readonly Histogram[],
  end: number,
  title: string | undefined,
): Layout {
  const top = title === undefined ? 0 : labelHeight;
  const highest = Math.max(0, ...histograms.flatMap(({ shares }) => shares)) || 1;
  const count = histograms.length;
  const height = count * ((count === 1 ? aloneHeight : histogramHeight) + labelHeight);
  const rows = histograms.map((_, row) => [
    axisName("y", row, "layout"),
    {
      showticklabels: false,
      showgrid: false,
      zeroline: true,
      domain: [1 - (row + 1) / count, 1 - row / count - labelHeight / height],
      range: [0, 1.03 * highest],
    },
  ]);
  return frame({
    xaxis: axis("x", "‖Δ<sub>x</sub>‖<sub>2</sub> / ‖x‖<sub>2</sub>", {
      range: [0, end],
      ...ratioTicks,
      anchor: axisName("y", count - 1, "trace"),
      unifiedhovertitle: { text: "ratio near %{x:.3f}" },
    }),
    ...Object.fromEntries(rows),
    hoversubplots: "axis",
    showlegend: false,
    height: height + top + 56,
    margin: { l: 14, r: 14, t: top, b: 56 },
    shapes: histograms.flatMap(meanLine),
    annotations: [
      ...title === undefined ? [] : [{ ...panelHeading(title), yshift: labelHeight }],
      ...histograms.map(rowLabel),
    ],
  });
}

function meanLine({ method, mean }: Histogram, row: number): Layout[] {
  if (!Number.isFinite(mean)) return [];
  const line = { color: methodColor(method), width: 1.5, dash: "dash" };
  const yref = `${axisName("y", row, "trace")} domain`;
  return [{ type: "line", xref: "x", yref, x0: mean, x1: mean, y0: 0, y1: 1, line }];
}

/** A row's name and mean, over its left end. */
function rowLabel({ method, mean }: Histogram, row: number): Layout {
  const rho = Number.isFinite(mean) ? `ρ₂ = ${significant(mean)}` : "no image";
  return {
    ...panelHeading("", row),
    xref: "x domain",
    text: `${escapeHtml(methodTitle(method))}, <b>${rho}</b>`,
  };
}

function percentile(values: readonly number[], fraction: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(fraction * (sorted.length - 1))] ?? 0;
}

function describe(
  histograms: readonly Histogram[],
  title: string | undefined,
  attack: string,
): string {
  const means = histograms.map(({ method, mean }) =>
    `${methodTitle(method)} ${Number.isFinite(mean) ? significant(mean) : "no image"}`
  );
  const mean = histograms[0]?.mean ?? NaN;
  const sizes = histograms.length === 1
    ? Number.isFinite(mean)
      ? `the test images. Dashed: the mean, ρ₂ = ${significant(mean)}.`
      : "the test images. No image has one."
    : `the test images, to a common scale. Dashed: the means, ρ₂: ${means.join(", ")}.`;
  return caption(
    title,
    `distribution of ‖Δx‖ / ‖x‖, the size of ${attack}'s perturbation relative to the image's, over ${sizes}`,
  );
}
