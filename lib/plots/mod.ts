/**
 * Figures and tables for notebooks: data in, plain Plotly JSON or HTML out.
 *
 * @module
 */

export type { Figure, Json, Layout, Trace } from "./figure.ts";
export type { Html } from "./html.ts";
export { display, type Displayed, type MimeBundle, plotly } from "./notebook.ts";

export { ablations } from "./ablations.ts";
export {
  accuracyAgainstEpsilon,
  type AccuracyAgainstEpsilonOptions,
  type EpsilonCurve,
} from "./accuracy_against_epsilon.ts";
export { attackedGrid, type AttackedImages } from "./attacked_grid.ts";
export { claimList } from "./claims.ts";
export { convergence } from "./convergence.ts";
export {
  decisionMap,
  type DecisionMapOptions,
  type Lattice,
  lattice,
  type Path,
  type StraightLine,
} from "./decision_map.ts";
export { hyperparameters } from "./hyperparameters.ts";
export { type AttackedImage, imageGrid, type ImageGridOptions } from "./image_grid.ts";
export { layerwise } from "./layerwise.ts";
export { type Line, lines, type LinesOptions } from "./lines.ts";
export {
  ratioDistribution,
  type RatioDistributionOptions,
  type RatioSeries,
} from "./ratio_distribution.ts";
export { type LayerPair, reverseNetwork } from "./reverse_network.ts";
export { robustness } from "./robustness.ts";
export { scaling } from "./scaling.ts";
export { settingsSearch } from "./settings_search.ts";
export type { Interval } from "./student_interval.ts";
export { table, type TableRow } from "./table.ts";
export { table1, type Table1Options } from "./table1.ts";
export { methodTitle, networkTitle } from "./titles.ts";
export { transfer } from "./transfer.ts";

export type { ScalingRow } from "../results/scaling.ts";
export type { Measured } from "../experiments/seed_means.ts";
