import type { MethodId } from "../experiments/methods.ts";

/**
 * A method's colour, the same in every figure: Okabe and Ito's colours for colour-blind readers, without
 * black and yellow, which are invisible on a dark or on a light page. The reference is grey.
 */
export const palette: Readonly<Record<MethodId, string>> = {
  reference: "#8c8c8c",
  clean: "#56b4e9",
  parseval: "#009e73",
  adv_train_1: "#e69f00",
  adv_train_2: "#cc79a7",
  deep_defense: "#d55e00",
  deep_defense_adv_train_2: "#0072b2",
};

const methodSymbols: Readonly<Record<MethodId, string>> = {
  reference: "x",
  clean: "square",
  parseval: "diamond",
  adv_train_1: "triangle-up",
  adv_train_2: "triangle-down",
  deep_defense: "circle",
  deep_defense_adv_train_2: "star",
};

/**
 * Colours for a growing setting, from light to dark. Like the next ones they belong to no method, differ for colour-blind
 * readers too, and are visible on light and dark pages.
 */
export const sequential: readonly string[] = ["#8c86e6", "#9a4fc9", "#ae3d74"];

/** Colours for kinds without an order. */
export const categorical: readonly string[] = ["#805c53", "#829926", "#9238ce", "#9385cc"];

/** Markers of the n-th curve, in Plotly's names, so that curves differ in more than colour. */
export const symbols: readonly string[] = ["circle", "square", "diamond", "triangle-up"];

/** Dashes in Plotly's names: those of the first curves in all colours, of the second ones, and so on. */
export const dashes: readonly string[] = ["solid", "dash", "dot", "dashdot"];

/** A method's colour as `#rrggbb`; grey for an unknown one. */
export function methodColor(id: string): string {
  return isMethod(id) ? palette[id] : "#8c8c8c";
}

/** A method's marker, in Plotly's names, so that curves differ in more than colour. */
export function methodSymbol(id: string): string {
  return isMethod(id) ? methodSymbols[id] : "circle-open";
}

/** A colour `#rrggbb` with an `opacity` in [0, 1], as `rgba(...)`. */
export function translucent(color: string, opacity: number): string {
  const channels = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return `rgba(${channels.join(",")},${opacity})`;
}

function isMethod(id: string): id is MethodId {
  return Object.hasOwn(palette, id);
}
