import {
  axis,
  caption,
  type Figure,
  frame,
  type Layout,
  legendAbove,
  panelHeading,
  PERCENT_TICKS,
  RATIO_TICKS,
  type Trace,
} from "./figure.ts";
import { escapeHtml } from "./html.ts";
import { significant } from "./numbers.ts";
import { methodColor, translucent } from "./palette.ts";
import { methodTitle } from "./titles.ts";

/** What DeepFool needed to fool one network. */
export interface RatioSeries {
  /** How the network was trained: the colour and the name in the legend. */
  readonly method: string;
  /** ‖Δ_x‖ / ‖x‖ of every test image; values that are not finite are left out. */
  readonly ratios: ArrayLike<number>;
}

/** How the histogram is cut. */
export interface RatioDistributionOptions {
  /** The panel's heading: the network's name. */
  readonly title?: string;
  /** Bins between 0 and the 99.5th percentile of all ratios; those beyond have the same width. */
  readonly bins?: number;
}

interface Histogram {
  readonly method: string;
  readonly mean: number;
  readonly centers: readonly number[];
  readonly shares: readonly number[];
}

/**
 * Histograms of ‖Δ_x‖ / ‖x‖, overlaid, usually before and after a defense; a dashed line marks each
 * mean, which is ρ_2 (Eq. 7). The axis ends at the 99.5th percentile: zooming out shows the rest.
 */
export function ratioDistribution(
  series: readonly RatioSeries[],
  { title, bins = 48 }: RatioDistributionOptions = {},
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
    alt: describe(histograms, title),
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
    mean: ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length,
    centers: sorted.map((bin) => (bin + 0.5) * width),
    shares: sorted.map((bin) => (counts.get(bin) ?? 0) / ratios.length),
  };
}

function trace({ method, centers, shares }: Histogram): Trace {
  const color = methodColor(method);
  return {
    type: "scatter",
    mode: "lines",
    name: escapeHtml(methodTitle(method)),
    x: centers,
    y: shares,
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
  const marked = histograms.filter(({ mean }) => Number.isFinite(mean));
  const byMean = marked.toSorted((a, b) => a.mean - b.mean);
  const highest = Math.max(0, ...marked.flatMap(({ shares }) => shares)) || 1;
  return frame({
    xaxis: axis("x", "‖Δ<sub>x</sub>‖<sub>2</sub> / ‖x‖<sub>2</sub>", {
      range: [0, end],
      ...RATIO_TICKS,
      unifiedhovertitle: { text: "ratio near %{x:.3f}" },
    }),
    yaxis: axis("y", "Share of test images", {
      ...PERCENT_TICKS,
      range: [0, 1.2 * highest], // room for the means' labels
    }),
    shapes: marked.map(meanLine),
    annotations: [...title === undefined ? [] : [panelHeading(title)], ...byMean.map(meanLabel)],
    legend: legendAbove(),
  });
}

function meanLine({ method, mean }: Histogram): Layout {
  const line = { color: methodColor(method), width: 1.5, dash: "dash" };
  return { type: "line", xref: "x", yref: "y domain", x0: mean, x1: mean, y0: 0, y1: 1, line };
}

/** The smallest mean has its label on the left, the others on the right, each a line lower. */
function meanLabel({ method, mean }: Histogram, rank: number): Layout {
  return {
    text: `<b>ρ<sub>2</sub> = ${significant(mean)}</b>`,
    font: { color: methodColor(method) },
    xref: "x",
    yref: "y domain",
    x: mean,
    y: 1,
    xanchor: rank === 0 ? "right" : "left",
    yanchor: "top",
    xshift: rank === 0 ? -4 : 4,
    yshift: -18 * Math.max(0, rank - 1),
    showarrow: false,
  };
}

function percentile(values: readonly number[], fraction: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(fraction * (sorted.length - 1))] ?? 0;
}

function describe(histograms: readonly Histogram[], title: string | undefined): string {
  const means = histograms.map(({ method, mean }) =>
    `${methodTitle(method)} ${Number.isFinite(mean) ? significant(mean) : "no image"}`
  );
  return caption(
    title,
    "distribution of ‖Δx‖ / ‖x‖, the size of DeepFool's perturbation beside the image's, over " +
      `the test images. Dashed: the means, ρ₂: ${means.join(", ")}.`,
  );
}
