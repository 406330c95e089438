import { clean } from "../defenses/clean.ts";
import { deepDefense } from "../defenses/deep_defense.ts";
import type { Defense } from "../defenses/defense.ts";

/** The ways of fine-tuning a reference network that experiments compare, by identifier. */
export const fineTuning: Readonly<Record<string, () => Defense>> = {
  clean: () => clean(),
  deep_defense: () => deepDefense({ lambda: 15, c: 25, d: 5 }),
};

/** All methods, the reference first. */
export const methodNames: readonly string[] = ["reference", ...Object.keys(fineTuning)];
