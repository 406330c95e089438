import { mean } from "d3-array";
import type { TransferRow } from "../experiments/rows.ts";
import { type Figure, frame } from "./figure.ts";
import { escapeHtml } from "./html.ts";
import { inMethodOrder, methodTitle, networkTitle } from "./titles.ts";

const ATTACKS: Readonly<Record<string, string>> = {
  fgs: "the fast gradient sign attack at ε_ref",
  deepfool: "DeepFool",
};

/** How examples carry over between a network's models: rows are where they were made, columns where they were tried. */
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
  const side = 44 * methods.length;
  return {
    data: [{
      type: "heatmap",
      x: titles,
      y: titles,
      z: accuracies,
      zmin: 0,
      zmax: 1,
      colorscale: "Cividis",
      texttemplate: "%{z:.0%}",
      hovertemplate: "made on %{y}<br>tried on %{x}<br>accuracy %{z:.2%}<extra></extra>",
      colorbar: { tickformat: ".0%", thickness: 12, title: { text: "accuracy", side: "right" } },
    }],
    layout: frame({
      xaxis: {
        side: "bottom",
        tickangle: -35,
        automargin: true,
        title: { text: "tried on", standoff: 16 },
      },
      yaxis: { autorange: "reversed", automargin: true, title: { text: "made on", standoff: 16 } },
      hovermode: "closest",
      height: side + 220,
    }),
    alt: `${networkTitle(network)}: accuracy of every model on examples that ${
      ATTACKS[attack] ?? attack
    } made on every model.`,
  };
}
