import { mean } from "d3-array";
import type { TransferRow } from "../../experiments/transfer.ts";
import { escapeHtml } from "../page/html.ts";
import { inMethodOrder, methodTitle, networkTitle } from "../titles.ts";
import { type Figure, frame, type Layout } from "./figure.ts";

const attackTitles: Readonly<Record<string, string>> = {
  fgs: "the fast gradient sign attack at ε_ref",
  deepfool: "DeepFool",
};

/** How examples transfer between a network's models: rows are the models they were made on, columns the models they were tested on. */
export function transfer(
  rows: readonly TransferRow[],
  { network, attack }: { readonly network: string; readonly attack: string },
): Figure {
  const own = rows.filter((row) => row.network === network && row.attack === attack);
  const methods = inMethodOrder(own.map(({ source }) => source));
  const titles = methods.map((method) => escapeHtml(methodTitle(method)));
  const accuracies = methods.map((source) =>
    methods.map((target) =>
      mean(
        own.filter((row) => row.source === source && row.target === target),
        (row: TransferRow) => row.accuracy ?? undefined,
      ) ?? null
    )
  );
  const layout = transferLayout(methods);
  return {
    data: [{
      type: "heatmap",
      x: titles,
      y: titles,
      z: accuracies,
      text: accuracies.map((row) =>
        row.map((value) => value === null ? "–" : (100 * value).toFixed(0))
      ),
      texttemplate: "%{text}",
      hovertemplate: "made on %{y}<br>tried on %{x}<br>accuracy %{z:.2%}<extra></extra>",
      zmin: 0,
      zmax: 1,
      colorscale: "Cividis",
      showscale: false, // every cell says its figure
    }],
    layout,
    narrow: { ...layout, xaxis: { ...layout.xaxis as Layout, tickangle: -90 } },
    alt: `${networkTitle(network)}: accuracy, in percent, of every model on examples that ${
      attackTitles[attack] ?? attack
    } made on every model.`,
  };
}

function transferLayout(methods: readonly string[]): Layout {
  const ticks = {
    tickvals: methods.map((_, i) => i),
    ticktext: methods.map((method) => escapeHtml(methodTitle(method)).replace(" + ", " +<br>")),
    automargin: true,
  };
  return frame({
    xaxis: { ...ticks, side: "bottom", tickangle: -35, title: { text: "tried on", standoff: 16 } },
    yaxis: { ...ticks, autorange: "reversed", title: { text: "made on", standoff: 16 } },
    hovermode: "closest",
    height: 44 * methods.length + 220,
  });
}

/** A figure for each attack and network that was measured. */
export function transferFigures(rows: readonly TransferRow[]): Figure[] {
  const measured = rows.filter(({ accuracy }) => accuracy !== null);
  const pairs = Map.groupBy(measured, ({ network, attack }) => `${network} ${attack}`);
  return [...pairs.values()].map(([row]) => transfer(measured, row!));
}
