import { palette } from "../palette.ts";
import { arrow, box, diagram, label, line, type Part, type Point } from "./diagram.ts";
import type { Figure, Layout } from "./figure.ts";

/** The columns: the point, the network, its reverse, the step. */
const [points, forward, reverse, steps] = [0.08, 0.36, 0.7, 0.94];

/** The rows from one iteration to the next. */
const apart = 1.8;

const subscripts = "₀₁₂₃₄₅₆₇₈₉";
const [plain, network, reversed] = [
  palette.reference,
  palette.deep_defense_adv_train_2,
  palette.deep_defense,
];

/**
 * The recursion of the paper's Figure 1 (top left) with its iterations one under the other: each runs the network and its
 * reverse at the point where the one before ended. Dashed lines join what shares the parameters W.
 *
 * @param iterations How many of DeepFool's iterations are drawn, at most 9.
 */
export function unrolledAttack(iterations = 3): Figure {
  const numbers = Array.from({ length: iterations }, (_, i) => i);
  const last = iterations * apart;
  const sum = numbers.map((i) => `r${subscripts[i]}`).join(" + ");
  const end = [
    box([points, last], `x${subscripts[iterations]}`, plain),
    arrow([points, last], [reverse, last]),
    box([reverse, last], `Δ<sub>x</sub> = ${sum}`, plain),
    arrow([reverse, last], [reverse, last + 1.1]),
    box([reverse, last + 1.1], "R(∓ c ‖Δ<sub>x</sub>‖ / ‖x‖)", plain),
    { ...label([0, last + 0.6], "here the prediction has changed"), xanchor: "left" },
  ];
  return diagram([...numbers.flatMap(iteration), ...end], last + 2.1, {
    shapes: [...numbers.flatMap(sums), ...numbers.flatMap((i) => shared(i, iterations))],
    alt:
      "The recursion of the paper's Figure 1, unrolled: every iteration runs the network f and its reverse network at the " +
      "point where the last one ended, and adds its step r. All of them have the same parameters W (dashed lines), so that the " +
      "norm of the sum Δx, which the regulariser R takes, is a function of W.",
  });
}

/** One row: the point x_i, the network there, its reverse, and the step r_i. */
function iteration(i: number): Part[] {
  const [y, n] = [i * apart, subscripts[i]];
  const at = (x: number): Point => [x, y];
  return [
    box(at(points), i === 0 ? "x₀ = x" : `x${n}`, plain),
    arrow(at(points), at(forward), 34),
    box(at(forward), `f(x${n}; W)`, network),
    arrow(at(forward), at(reverse), 38),
    label([(forward + reverse) / 2, y], "e<sub>k</sub> − e<sub>k₀</sub>"),
    box(at(reverse), "reverse f", reversed),
    arrow(at(reverse), at(steps), 16),
    box(at(steps), `r${n}`, plain),
    arrow(at(points), [points, y + apart], 15),
    box([points, y + apart / 2], "+", plain),
  ];
}

/** The way of a step to the sum with its point. */
function sums(i: number): Layout[] {
  const y = i * apart;
  return [
    line([[steps, y], [steps, y + apart / 2], [points, y + apart / 2]], plain),
  ];
}

/** What has the same parameters: the network and its reverse in an iteration, and both in the next one. */
function shared(i: number, iterations: number): Layout[] {
  const [y, below] = [i * apart, (i + 1) * apart];
  const across = line(
    [[forward, y], [forward, y + 0.55], [reverse, y + 0.55], [reverse, y]],
    network,
    "dash",
  );
  const down = line([[forward, y], [forward, below]], network, "dash");
  return i + 1 < iterations ? [across, down] : [across];
}
