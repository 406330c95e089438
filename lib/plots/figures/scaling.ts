import type { ScalingRow } from "../../results/scaling.ts";
import { palette } from "../palette.ts";
import { inNetworkOrder, networkTitle } from "../titles.ts";
import {
  axisName,
  type Figure,
  type Layout,
  panelLayout,
  roomForLegend,
  type Trace,
} from "./figure.ts";

const stepTitles = { clean: "Clean step", deep_defense: "Deep Defense step" } as const;

/** The milliseconds of a training step against the batch size, both logarithmic: one panel per network, one line per number of workers. */
export function scaling(rows: readonly ScalingRow[]): Figure {
  const networks = inNetworkOrder(rows.map((row) => row.network));
  const workers = [...new Set(rows.map((row) => row.workers))].sort((a, b) => a - b);
  const traces = networks.flatMap((network, panel) =>
    Object.keys(stepTitles).flatMap((step) =>
      workers.map((count) =>
        line(rows, { network, step: step as keyof typeof stepTitles, count }, panel)
      )
    )
  );
  return {
    data: traces,
    layout: layout(rows, networks, 2),
    narrow: roomForLegend(
      layout(rows, networks, 1),
      workers.length * Object.keys(stepTitles).length,
    ),
    alt: `Milliseconds of a training step of ${
      networks.map(networkTitle).join(" and ")
    } against the batch size, with ${workers.join(" and ")} workers.`,
  };
}

interface Line {
  readonly network: string;
  readonly step: keyof typeof stepTitles;
  readonly count: number;
}

function line(rows: readonly ScalingRow[], { network, step, count }: Line, panel: number): Trace {
  const here = rows.filter((row) =>
    row.network === network && row.step === step && row.workers === count
  );
  const name = `${stepTitles[step]}, ${count} worker${count > 1 ? "s" : ""}`;
  return {
    type: "scatter",
    mode: "lines+markers",
    name,
    legendgroup: name,
    showlegend: panel === 0,
    x: here.map(({ batch }) => batch),
    y: here.map(({ ms }) => ms),
    line: { color: palette[step], width: 2, dash: count === 1 ? "dot" : "solid" },
    hovertemplate: "%{y:.1f} ms",
    xaxis: axisName("x", panel, "trace"),
    yaxis: axisName("y", panel, "trace"),
  };
}

function layout(rows: readonly ScalingRow[], networks: readonly string[], columns: number): Layout {
  const ticks = [...new Set(rows.map(({ batch }) => batch))];
  return panelLayout(
    networks.map((network) => ({
      heading: networkTitle(network),
      x: ["Batch size", { type: "log", tickvals: ticks }],
      y: ["Milliseconds per step", { type: "log", dtick: 1 }],
    })),
    columns,
  );
}
