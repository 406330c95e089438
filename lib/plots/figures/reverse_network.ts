import { escapeHtml } from "../page/html.ts";
import { palette } from "../palette.ts";
import { arrow, box, diagram, label, type Part } from "./diagram.ts";
import type { Figure } from "./figure.ts";

/** A layer and its reverse. */
export interface LayerPair {
  /** The layer's name: `conv1`. */
  readonly name: string;
  /** The shape of one sample's output. */
  readonly shape: readonly number[];
  /** The parts that the reverse layer takes from the forward pass: `weights`, `mask`, `switches`. */
  readonly shares?: string;
}

const [leftColumn, rightColumn] = [0.24, 0.76];

/**
 * The attack module of the paper's Figure 1 (top right and bottom): the network from the input downwards on the left, its
 * reverse network upwards on the right, and the parts that each reverse layer shares with its layer.
 *
 * @param inputShape The shape of one input.
 */
export function reverseNetwork(
  inputShape: readonly number[],
  layers: readonly LayerPair[],
): Figure {
  const rows = layers.length + 1;
  const ends = [
    box([leftColumn, 0], `x<sub>i</sub> [${inputShape}]`, palette.reference),
    box(
      [rightColumn, 0],
      `w = ∇f<sub>k</sub> − ∇f<sub>k₀</sub> [${inputShape}]`,
      palette.reference,
    ),
  ];
  const pairs = layers.flatMap(({ name, shape, shares }, i) => [
    arrow([leftColumn, i], [leftColumn, i + 1]),
    arrow([rightColumn, i + 1], [rightColumn, i]),
    box([leftColumn, i + 1], `${escapeHtml(name)} [${shape}]`, palette.deep_defense_adv_train_2),
    box([rightColumn, i + 1], `reverse ${escapeHtml(name)}`, palette.deep_defense),
    ...(shares ? [link(i + 1), label([0.5, i + 1], escapeHtml(shares))] : []),
  ]);
  const turn = [
    arrow([leftColumn, rows - 1], [leftColumn, rows]),
    arrow([rightColumn, rows], [rightColumn, rows - 1]),
    box([leftColumn, rows], "logits f(x<sub>i</sub>)", palette.reference),
    box([rightColumn, rows], "seeds e<sub>k</sub> − e<sub>k₀</sub>", palette.reference),
    arrow([leftColumn, rows], [rightColumn, rows]),
  ];
  const step = box(
    [0.5, rows + 1],
    "r<sub>i</sub> = |f<sub>k</sub> − f<sub>k₀</sub>| w / ‖w‖²,  x<sub>i+1</sub> = x<sub>i</sub> + r<sub>i</sub>",
    palette.reference,
  );
  return diagram([...pairs, ...turn, ...ends, step], rows + 2, {
    alt:
      "The attack module of the paper's Figure 1: the network from the input x to the logits, and the reverse network from " +
      "the chosen class back to the gradient w in the input, layer by layer; reverse layers share weights, masks and " +
      "switches with their layers. DeepFool's step r follows from w and the logits.",
  });
}

/** The line between a layer and its reverse. */
function link(y: number): Part {
  return { ...arrow([leftColumn, y], [rightColumn, y]), arrowhead: 0, arrowwidth: 0.75 };
}
