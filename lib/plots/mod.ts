/**
 * Figures and tables for notebooks: data in, plain Plotly JSON or HTML out.
 *
 * @module
 */

export type { Figure, Frame, Json, Layout, Trace } from "./figures/figure.ts";
export type { Html } from "./page/html.ts";
export { display, type Displayed, type MimeBundle, plotly } from "./page/notebook.ts";

export { ablations } from "./figures/ablations.ts";
export {
  accuracyAgainstEpsilon,
  type AccuracyAgainstEpsilonOptions,
  type EpsilonCurve,
} from "./figures/accuracy_against_epsilon.ts";
export { afterEachMember } from "./figures/after_each_member.ts";
export { attackedGrid, type AttackedImages } from "./images/attacked_grid.ts";
export { autoAttack } from "./figures/auto_attack.ts";
export { claimList } from "./figures/claims.ts";
export { convergence, type ConvergenceOptions, type PaperModel } from "./figures/convergence.ts";
export {
  decisionMap,
  type DecisionMapOptions,
  type Lattice,
  lattice,
  type Path,
  type StraightLine,
} from "./figures/decision_map.ts";
export {
  type GrowingOptions,
  growingPerturbation,
  type GrowingSeries,
} from "./images/growing_perturbation.ts";
export { hyperparameters } from "./figures/hyperparameters.ts";
export type { PaperMark } from "./figures/trade_off.ts";
export { type AttackedImage, imageGrid, type ImageGridOptions } from "./images/image_grid.ts";
export { layerwise } from "./figures/layerwise.ts";
export { type Line, lines, type LinesOptions } from "./figures/lines.ts";
export {
  ratioDistribution,
  type RatioDistributionOptions,
  type RatioSeries,
} from "./figures/ratio_distribution.ts";
export { type LayerPair, reverseNetwork } from "./figures/reverse_network.ts";
export { robustness } from "./figures/robustness.ts";
export { scaling } from "./figures/scaling.ts";
export { scaledC } from "./figures/scaled_c.ts";
export { settingsSearch } from "./figures/settings_search.ts";
export type { Interval } from "./student_interval.ts";
export { table, type TableCell, type TableRow } from "./page/table.ts";
export { table1, type Table1Options } from "./figures/table1.ts";
export { methodTitle, networkTitle } from "./titles.ts";
export { transfer } from "./figures/transfer.ts";
export { unrolledAttack } from "./figures/unrolled_attack.ts";

export type { ScalingRow } from "../results/scaling.ts";
export type { Measured } from "../experiments/seed_means.ts";
