import type { Method } from "./titles.ts";

/**
 * A method's colour, the same in every figure: Okabe and Ito's colours for colour-blind readers, less
 * black and yellow, which vanish on a dark or on a light page. The reference is grey.
 */
export const palette: Readonly<Record<Method, string>> = {
  reference: "#8c8c8c",
  clean: "#56b4e9",
  parseval: "#009e73",
  adv_train_1: "#e69f00",
  adv_train_2: "#cc79a7",
  deep_defense: "#d55e00",
  deep_defense_adv_train_2: "#0072b2",
};

const SYMBOLS: Readonly<Record<Method, string>> = {
  reference: "x",
  clean: "square",
  parseval: "diamond",
  adv_train_1: "triangle-up",
  adv_train_2: "triangle-down",
  deep_defense: "circle",
  deep_defense_adv_train_2: "star",
};

/** Colours of a setting that grows, from light to dark, readable on white and on black. */
export const sequential: readonly string[] = ["#7fb8da", "#3f8fc0", "#1f5f96", "#8e6bb0"];

/** Colours of kinds without an order: Okabe and Ito's, as for methods, where a figure shows no methods. */
export const categorical: readonly string[] = ["#56b4e9", "#009e73", "#d55e00", "#cc79a7"];

/** A method's colour as `#rrggbb`; grey for an unknown one. */
export function methodColor(id: string): string {
  return isMethod(id) ? palette[id] : "#8c8c8c";
}

/** A method's marker, in Plotly's names, so that curves differ in more than colour. */
export function methodSymbol(id: string): string {
  return isMethod(id) ? SYMBOLS[id] : "circle-open";
}

/** A colour `#rrggbb` let through to `opacity` in [0, 1], as `rgba(...)`. */
export function translucent(color: string, opacity: number): string {
  const channels = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return `rgba(${channels.join(",")},${opacity})`;
}

function isMethod(id: string): id is Method {
  return Object.hasOwn(palette, id);
}
