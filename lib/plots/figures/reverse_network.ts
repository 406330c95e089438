import { escapeHtml } from "../page/html.ts";
import { palette } from "../palette.ts";
import { type Figure, frame, type Json } from "./figure.ts";

/** A layer and its reverse. */
export interface LayerPair {
  /** The layer's name: `conv1`. */
  readonly name: string;
  /** The shape of one sample's output. */
  readonly shape: readonly number[];
  /** The parts that the reverse layer takes from the forward pass: `weights`, `mask`, `switches`. */
  readonly shares?: string;
}

const rowHeight = 52;
const [leftColumn, rightColumn] = [0.24, 0.76];

/**
 * The paper's Figure 1: the network from the input downwards on the left, its reverse network upwards on the right, and the parts that
 * each reverse layer shares with its layer.
 *
 * @param inputShape The shape of one input.
 */
export function reverseNetwork(
  inputShape: readonly number[],
  layers: readonly LayerPair[],
): Figure {
  const rows = layers.length + 1;
  const ends = [
    box(leftColumn, 0, `x<sub>i</sub> [${inputShape}]`, palette.reference),
    box(rightColumn, 0, `w = ∇f<sub>k</sub> − ∇f<sub>k₀</sub> [${inputShape}]`, palette.reference),
  ];
  const pairs = layers.flatMap(({ name, shape, shares }, i) => [
    arrow([leftColumn, i], [leftColumn, i + 1]),
    arrow([rightColumn, i + 1], [rightColumn, i]),
    box(leftColumn, i + 1, `${escapeHtml(name)} [${shape}]`, palette.deep_defense_adv_train_2),
    box(rightColumn, i + 1, `reverse ${escapeHtml(name)}`, palette.deep_defense),
    ...(shares ? [link(i + 1), label(i + 1, shares)] : []),
  ]);
  const turn = [
    arrow([leftColumn, rows - 1], [leftColumn, rows]),
    arrow([rightColumn, rows], [rightColumn, rows - 1]),
    box(leftColumn, rows, "logits f(x<sub>i</sub>)", palette.reference),
    box(rightColumn, rows, "seeds e<sub>k</sub> − e<sub>k₀</sub>", palette.reference),
    arrow([leftColumn, rows], [rightColumn, rows]),
  ];
  const step = box(
    0.5,
    rows + 1,
    "r<sub>i</sub> = |f<sub>k</sub> − f<sub>k₀</sub>| w / ‖w‖²,  x<sub>i+1</sub> = x<sub>i</sub> + r<sub>i</sub>",
    palette.reference,
  );
  const height = (rows + 2) * rowHeight + 40;
  const hidden = { visible: false, fixedrange: true };
  return {
    data: [{
      type: "scatter",
      mode: "markers",
      x: [0, 1],
      y: [0, rows + 1],
      opacity: 0,
      hoverinfo: "skip",
      showlegend: false,
    }],
    layout: frame({
      height,
      hovermode: false,
      margin: { l: 4, r: 4, t: 20, b: 20 },
      xaxis: { ...hidden, range: [0, 1] },
      yaxis: { ...hidden, range: [rows + 1.6, -0.6] },
      // Arrows first, since boxes cover their ends.
      annotations: [...pairs, ...turn, ...ends, step].sort((a, b) =>
        Number(a.showarrow === false) - Number(b.showarrow === false)
      ),
    }),
    alt:
      "The network from the input x to the logits, and the reverse network from the chosen class back to the " +
      "gradient w in the input, layer by layer; reverse layers share weights, masks and switches with their layers. " +
      "DeepFool's step r follows from w and the logits.",
  };
}

type Annotation = { readonly [key: string]: Json };

function box(x: number, y: number, text: string, color: string): Annotation {
  const look = { bgcolor: "#ffffff", bordercolor: color, borderwidth: 1.5, borderpad: 5 };
  return { x, y, text, showarrow: false, font: { size: 12, color: "#24292f" }, ...look };
}

function label(y: number, text: string): Annotation {
  return { x: 0.5, y, text: escapeHtml(text), showarrow: false, yshift: 9, font: { size: 11 } };
}

/** An arrow between two boxes, in rows from the top. */
function arrow(from: readonly [number, number], to: readonly [number, number]): Annotation {
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
    standoff: from[0] === to[0] ? 15 : 60,
  };
}

/** The label of the arrow from a layer to its reverse. */
function link(y: number): Annotation {
  return { ...arrow([leftColumn, y], [rightColumn, y]), arrowhead: 0, arrowwidth: 0.75 };
}
