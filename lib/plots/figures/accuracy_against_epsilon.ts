import type { Table1Row } from "../../experiments/table1.ts";
import { percent, significant } from "../numbers.ts";
import { type Interval, studentInterval } from "../student_interval.ts";
import { inMethodOrder, methodTitle } from "../titles.ts";
import {
  axis,
  caption,
  type Figure,
  frame,
  type Layout,
  legendAbove,
  panelHeading,
  roomForLegend,
} from "./figure.ts";
import { methodCurve } from "./method_curve.ts";

/** One method's accuracy under the fast gradient sign attack. */
export interface EpsilonCurve {
  /** How the network was trained. */
  readonly method: string;
  /** Steps of the attack, ascending, in units of the preprocessed input. */
  readonly epsilons: readonly number[];
  /** Test accuracies in [0, 1], one per step: a number, an interval over seeds, or null. */
  readonly accuracies: readonly (number | Interval | null)[];
}

/** What the figure marks besides the curves. */
export interface AccuracyAgainstEpsilonOptions {
  /** The panel's heading: the network's name. */
  readonly title?: string;
  /** ε_ref, where half of the Deep Defense model's test images are misclassified. */
  readonly epsilonRef?: number | null;
}

/** Test accuracy under FGS against its step ε, one curve per method, with ε_ref marked. */
export function accuracyAgainstEpsilon(
  curves: readonly EpsilonCurve[],
  { title, epsilonRef = null }: AccuracyAgainstEpsilonOptions = {},
): Figure {
  const order = inMethodOrder(curves.map((curve) => curve.method));
  const sorted = curves.toSorted((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
  const formatHalfWidth = (half: number) => `${percent(half)}%`;
  const layout = epsilonLayout(epsilonRef, title);
  return {
    data: sorted.flatMap(({ method, epsilons, accuracies }) =>
      methodCurve({ method, x: epsilons, y: accuracies.map(asInterval) }, {
        format: ".2%",
        formatHalfWidth,
      })
    ),
    layout,
    narrow: roomForLegend(layout, order.length),
    alt: describe(order, epsilonRef, title),
  };
}

/**
 * The curves that a table's rows hold: at 0, 0.2, 0.5 and 1.0 ε_ref, means over seeds. Takes the rows
 * of one data set, network and profile; ε_ref differs between seeds, so its mean places the points.
 */
export function epsilonCurves(
  rows: readonly Table1Row[],
): { curves: EpsilonCurve[]; epsilonRef: number | null } {
  const epsilonRef = studentInterval(rows.map((row) => row.epsilon_ref))?.mean ?? null;
  if (epsilonRef === null) return { curves: [], epsilonRef };
  const columns = ["accuracy", "acc_fgs_0.2", "acc_fgs_0.5", "acc_fgs_1.0"] as const;
  const curves = inMethodOrder(rows.map((row) => row.method)).map((method) => ({
    method,
    epsilons: [0, 0.2, 0.5, 1].map((part) => part * epsilonRef),
    accuracies: columns.map((column) =>
      studentInterval(rows.filter((row) => row.method === method).map((row) => row[column]))
    ),
  }));
  return { curves, epsilonRef };
}

function asInterval(value: number | Interval | null): Interval | null {
  return typeof value === "number" ? studentInterval([value]) : value;
}

function epsilonLayout(epsilonRef: number | null, title: string | undefined): Layout {
  const heading = title === undefined ? [] : [panelHeading(title)];
  const marks = epsilonRef === null ? [] : [referenceMark(epsilonRef)];
  return frame({
    xaxis: axis("x", "FGS step ε (preprocessed units)", {
      rangemode: "tozero",
      unifiedhovertitle: { text: "ε = %{x:.3~g}" },
    }),
    yaxis: axis("y", "Test accuracy", { tickformat: ".0%", range: [0, 1.02] }),
    legend: legendAbove(),
    shapes: marks.map(({ line }) => line),
    annotations: [...heading, ...marks.map(({ label }) => label)],
  });
}

function referenceMark(epsilonRef: number): { line: Layout; label: Layout } {
  const place = { xref: "x", yref: "y domain" };
  const [x0, x1] = [epsilonRef, epsilonRef];
  return {
    line: { type: "line", ...place, x0, x1, y0: 0, y1: 1, line: { width: 1.25, dash: "dot" } },
    label: {
      text: `ε<sub>ref</sub> = ${significant(epsilonRef)}`,
      ...place,
      x: epsilonRef,
      xanchor: "right",
      xshift: -4,
      y: 1,
      yanchor: "top",
      showarrow: false,
    },
  };
}

function describe(
  methods: readonly string[],
  epsilonRef: number | null,
  title: string | undefined,
): string {
  const mark = epsilonRef === null
    ? ""
    : ` Dotted: the reference step ${significant(epsilonRef)}, at which half of Deep Defense's ` +
      "test images are misclassified.";
  return caption(
    title,
    "test accuracy under the fast gradient sign attack against its step ε, of " +
      `${methods.map(methodTitle).join(", ")}.${mark}`,
  );
}
