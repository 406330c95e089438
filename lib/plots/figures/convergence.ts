import type { Figure2Row } from "../../experiments/figure2.ts";
import type { PaperRow } from "../../experiments/paper_table1.ts";
import { percent, significant } from "../numbers.ts";
import { methodColor, methodSymbol } from "../palette.ts";
import { studentInterval } from "../student_interval.ts";
import { inMethodOrder, inNetworkOrder, methodTitle, networkTitle } from "../titles.ts";
import {
  axisName,
  type Figure,
  type Layout,
  panelLayout,
  percentTicks,
  ratioTicks,
  roomForLegend,
  type Trace,
} from "./figure.ts";
import { legendOnce, type MethodCurve, methodCurve } from "./method_curve.ts";

const curveMeasures = [
  {
    column: "accuracy",
    title: "Test accuracy",
    axis: percentTicks,
    format: ".2%",
    formatHalfWidth: (half: number) => `${percent(half)}%`,
  },
  {
    column: "rho2",
    title: "ρ₂",
    axis: ratioTicks,
    format: ".3f",
    formatHalfWidth: significant,
  },
] as const;

interface Panel {
  readonly network: string;
  readonly measure: typeof curveMeasures[number];
}

/** A row of the paper's Table 1 with what it is of. */
export type PaperModel = PaperRow & { readonly network: string; readonly method: string };

/** The options of the figure. */
export interface ConvergenceOptions {
  /** Rows of the paper's Table 1, drawn as open markers where its curves begin and end; none unless given. */
  readonly paper?: readonly PaperModel[];
}

/**
 * As the paper's Figure 2: test accuracy and ρ_2 after every epoch, one curve per method and two panels per
 * network. Several seeds are drawn as their mean within a band, its 95% Student interval.
 */
export function convergence(
  rows: readonly Figure2Row[],
  { paper = [] }: ConvergenceOptions = {},
): Figure {
  const networks = inNetworkOrder(rows.map((row) => row.network));
  const methods = inMethodOrder(rows.map((row) => row.method));
  const panels = networks.flatMap((network) =>
    curveMeasures.map((measure) => ({ network, measure }))
  );
  return {
    data: legendOnce(panels.flatMap((panel, index) => [
      ...panelTraces(rows, panel, index),
      ...paperTrace(paper, panel, index, [methods, epochs(rows).at(-1)!]),
    ])),
    layout: convergenceLayout(rows, panels, 2),
    narrow: roomForLegend(convergenceLayout(rows, panels, 1), methods.length),
    alt: describe(rows, networks, methods) +
      (paper.length > 0
        ? " Open markers: the paper's Table 1, read as the last epoch and, grey, as epoch 0."
        : ""),
  };
}

function panelTraces(rows: readonly Figure2Row[], panel: Panel, index: number): Trace[] {
  const { network, measure } = panel;
  const own = { xaxis: axisName("x", index, "trace"), yaxis: axisName("y", index, "trace") };
  const here = rows.filter((row) => row.network === network);
  return inMethodOrder(here.map((row) => row.method)).flatMap((method) =>
    methodCurve(curve(here, method, measure.column), { ...measure, own })
  );
}

/** The paper's figures of a panel: the reference at epoch 0, every other method that is drawn after the last epoch. */
function paperTrace(
  paper: readonly PaperModel[],
  { network, measure }: Panel,
  index: number,
  [methods, last]: readonly [readonly string[], number],
): Trace[] {
  const own = paper.filter((row) =>
    row.network === network && (row.method === "reference" || methods.includes(row.method))
  );
  if (own.length === 0) return [];
  return [{
    type: "scatter",
    mode: "markers",
    name: "The paper’s Table 1",
    legendgroup: "paper",
    x: own.map(({ method }) => method === "reference" ? 0 : last),
    y: own.map((row) => row[measure.column]),
    text: own.map(({ method }) => methodTitle(method)),
    marker: {
      color: own.map(({ method }) => methodColor(method)),
      symbol: own.map(({ method }) => `${methodSymbol(method)}-open`),
      size: 12,
      line: { width: 2 },
    },
    cliponaxis: false,
    hovertemplate: `the paper’s %{text}: %{y:${measure.format}}<extra></extra>`,
    xaxis: axisName("x", index, "trace"),
    yaxis: axisName("y", index, "trace"),
  }];
}

function curve(
  rows: readonly Figure2Row[],
  method: string,
  column: "accuracy" | "rho2",
): MethodCurve {
  const ofMethod = rows.filter((row) => row.method === method);
  const x = epochs(ofMethod);
  const y = x.map((epoch) =>
    studentInterval(ofMethod.filter((row) => row.epoch === epoch).map((row) => row[column]))
  );
  return { method, x, y };
}

function convergenceLayout(
  rows: readonly Figure2Row[],
  panels: readonly Panel[],
  columns: number,
): Layout {
  const steps: Layout = epochs(rows).length > 12 ? { nticks: 8 } : { dtick: 1 };
  return panelLayout(
    panels.map(({ network, measure }) => ({
      heading: networkTitle(network),
      x: ["Epoch", { ...steps, unifiedhovertitle: { text: "Epoch %{x}" } }],
      y: [measure.title, measure.axis],
    })),
    columns,
  );
}

function describe(
  rows: readonly Figure2Row[],
  networks: readonly string[],
  methods: readonly string[],
): string {
  const seeds = new Set(rows.map((row) => row.seed)).size;
  return `As the paper's Figure 2: test accuracy and ρ₂ of ${
    networks.map(networkTitle).join(" and ")
  } after ` +
    `every epoch of ${methods.map(methodTitle).join(", ")}` +
    (seeds > 1 ? "; means over seeds, in bands of their 95% Student intervals." : ".");
}

function epochs(rows: readonly Figure2Row[]): number[] {
  return [...new Set(rows.map((row) => row.epoch))].sort((a, b) => a - b);
}
