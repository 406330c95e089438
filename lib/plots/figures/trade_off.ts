import { isMeasured, type Measured, seedMeans, wholeSeeds } from "../../experiments/seed_means.ts";
import { percent, percentInterval, significant, significantInterval } from "../numbers.ts";
import { escapeHtml } from "../page/html.ts";
import { methodColor, methodSymbol, symbols } from "../palette.ts";
import { studentInterval } from "../student_interval.ts";
import {
  axis,
  type Figure,
  frame,
  type Layout,
  legendAbove,
  percentTicks,
  ratioTicks,
  roomForLegend,
  type Trace,
} from "./figure.ts";

/** A model on a curve. */
export interface TradeOffModel extends Measured {
  /** The scale of the penalty for samples that are predicted right. */
  readonly c: number;
  /** Seed of the training. */
  readonly seed: number;
}

/** Models that differ only in c and the seed. */
export interface TradeOffCurve {
  /** Its name in the legend, as plain text. */
  readonly name: string;
  /** Its models, in any order. */
  readonly models: readonly TradeOffModel[];
}

/** A model of the paper's, whose figures its text gives. */
export interface PaperMark extends Measured {
  /** What it is, as plain text; the figure says that it is the paper's. */
  readonly name: string;
}

/** The options of the figure around the curves. */
export interface TradeOffOptions {
  /** The network that all models were fine-tuned from. */
  readonly reference?: Measured | undefined;
  /** Models of the paper's, drawn as open markers; none unless given. */
  readonly paper?: readonly PaperMark[];
  /** The curves' colours, in turn. */
  readonly colors: readonly string[];
  /** The first sentence of its caption. */
  readonly alt: string;
}

const tradeOffHeight = 330;
const [lastSize, otherSize, repeatSize] = [15, 9, 7]; // markers: the smallest c's stands out
const paperSymbols = ["x-open", "star-open"];
const hoverText = "accuracy %{y:.2%}<br>ρ₂ %{x:.3f}<extra></extra>";

/**
 * Accuracy on benign images against robustness, as in the paper's Figures 3 and 4: a curve for models that differ in c, which
 * falls from left to right; several seeds are drawn as their means. A seed with which only some models were repeated has thin
 * dotted curves of its own, and the caption has these models' means and intervals. The reference is a cross with guide lines to
 * both axes. Models that diverged are left out and named in the caption.
 */
export function tradeOff(
  curves: readonly TradeOffCurve[],
  { reference, paper = [], colors, alt }: TradeOffOptions,
): Figure {
  const start = reference && isMeasured(reference) ? [reference] : [];
  const whole = new Set(wholeSeeds(curves.flatMap(({ models }) => models)).map(seedOf));
  const traces = curves.flatMap(({ name, models }, i) => {
    const [color, symbol] = [colors[i % colors.length]!, symbols[i % symbols.length]!];
    const means = models.filter(({ seed }) => whole.has(seed));
    const repeats = Map.groupBy(models.filter(({ seed }) => !whole.has(seed)), seedOf);
    return [
      curveTrace({ name, models: means }, color, symbol),
      ...[...repeats].map(([seed, own]) => repeatTrace({ name, models: own }, color, symbol, seed)),
    ];
  });
  const layout = tradeOffLayout(start.flatMap(guideLines));
  return {
    data: [...start.map(referenceTrace), ...traces, ...paper.map(paperTrace)],
    layout,
    narrow: roomForLegend(layout, curves.length + start.length + paper.length),
    alt: [
      alt,
      ...explanations(curves, start, whole),
      ...(paper.length > 0 ? ["Open markers: the paper's Table 1."] : []),
      ...divergedOf(curves),
    ].join(" "),
  };
}

const listed = (seeds: readonly number[]) => new Intl.ListFormat("en-GB").format(seeds.map(String));

const seedOf = ({ seed }: TradeOffModel) => seed;

function curveTrace({ name, models }: TradeOffCurve, color: string, symbol: string): Trace {
  const drawn = seedMeans(models, ({ c }) => c).filter(isMeasured).sort((a, b) => b.c - a.c);
  const title = escapeHtml(name);
  return {
    type: "scatter",
    mode: "lines+markers",
    name: title,
    legendgroup: title,
    x: drawn.map(({ rho2 }) => rho2),
    y: drawn.map(({ accuracy }) => accuracy),
    customdata: drawn.map(({ c }) => c),
    line: { color, width: 2 },
    marker: {
      color,
      symbol,
      size: drawn.map((_, i) => i === drawn.length - 1 ? lastSize : otherSize),
      opacity: 1,
      line: { width: 0 },
    },
    cliponaxis: false,
    hovertemplate: `<b>${title}, c = %{customdata}</b><br>${hoverText}`,
  };
}

/** A curve's models that were repeated with another seed. */
function repeatTrace(curve: TradeOffCurve, color: string, symbol: string, seed: number): Trace {
  const trace = curveTrace(curve, color, symbol);
  return {
    ...trace,
    showlegend: false,
    line: { color, width: 1, dash: "dot" },
    marker: { color, symbol: `${symbol}-open`, size: repeatSize },
    hovertemplate: `<b>${trace.name}, c = %{customdata}, seed ${seed}</b><br>${hoverText}`,
  };
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
    hovertemplate: `<b>Reference</b><br>${hoverText}`,
  };
}

function paperTrace({ name, accuracy, rho2 }: PaperMark, index: number): Trace {
  const color = methodColor("reference");
  const symbol = paperSymbols[index % paperSymbols.length]!;
  return {
    type: "scatter",
    mode: "markers",
    name: `Paper: ${escapeHtml(name)}`,
    x: [rho2],
    y: [accuracy],
    marker: { color, symbol, size: 13, line: { width: 2 } },
    cliponaxis: false,
    hovertemplate: `<b>the paper’s ${escapeHtml(name)}</b><br>${hoverText}`,
  };
}

/** Lines through the reference: to their right and above, a model is better. */
function guideLines({ accuracy, rho2 }: Measured): Layout[] {
  const line = { color: methodColor("reference"), width: 1, dash: "dash" };
  const own = { type: "line", layer: "below", line };
  return [
    { ...own, xref: "x", yref: "y domain", x0: rho2, x1: rho2, y0: 0, y1: 1 },
    { ...own, xref: "x domain", yref: "y", x0: 0, x1: 1, y0: accuracy, y1: accuracy },
  ];
}

function tradeOffLayout(shapes: readonly Layout[]): Layout {
  return frame({
    xaxis: axis("x", "ρ₂", ratioTicks),
    yaxis: axis("y", "Test accuracy", percentTicks),
    hovermode: "closest",
    legend: legendAbove(tradeOffHeight, 10),
    height: tradeOffHeight + 100,
    shapes,
  });
}

function explanations(
  curves: readonly TradeOffCurve[],
  start: readonly Measured[],
  whole: ReadonlySet<number>,
): string[] {
  const models = curves.flatMap((curve) => curve.models);
  const cs = [...new Set(models.map(({ c }) => c))].sort((a, b) => b - a);
  const repeats = new Set(models.map(seedOf)).difference(whole);
  const range = cs.length > 1 ? ` from ${cs[0]} to ${cs.at(-1)}` : "";
  return [
    `Along every curve c falls${range}, at the large marker.`,
    ...(whole.size > 1 ? [`Means over ${whole.size} seeds.`] : []),
    ...(repeats.size > 0
      ? [
        "Small open markers, joined by dots: some models again, with " +
        `${repeats.size > 1 ? "seeds" : "seed"} ${listed([...repeats])}.`,
        ...intervals(curves),
      ]
      : []),
    ...start.filter(isMeasured).map(({ accuracy, rho2 }) =>
      `Dashed: the reference, accuracy ${percent(accuracy)}%, ρ₂ ${significant(rho2)}.`
    ),
  ];
}

/** The means of the models that several seeds have. */
function intervals(curves: readonly TradeOffCurve[]): string[] {
  const told = curves.flatMap(({ name, models }) =>
    [...Map.groupBy(models, ({ c }) => c)].flatMap(([c, seeds]) => {
      const accuracy = studentInterval(seeds.map((model) => model.accuracy));
      const rho2 = studentInterval(seeds.map((model) => model.rho2));
      if (!accuracy || !rho2 || rho2.count < 2) return [];
      return `${name}, c = ${c}: accuracy ${percentInterval(accuracy)}%, ρ₂ ${
        significantInterval(rho2)
      } (${rho2.count} seeds)`;
    })
  );
  return told.length > 0 ? [`Mean ± 95% Student interval: ${told.join("; ")}.`] : [];
}

function divergedOf(curves: readonly TradeOffCurve[]): string[] {
  const lost = curves.flatMap(({ name, models }) =>
    models.filter((model) => !isMeasured(model))
      .map(({ c, seed }) => `${name}, c = ${c}, seed ${seed}`)
  );
  return lost.length > 0 ? [`Diverged and left out: ${lost.join("; ")}.`] : [];
}
