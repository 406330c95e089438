import type { Split } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import type { Model } from "../networks/model.ts";
import { ddn } from "./ascent/ddn.ts";
import { fastMinimumNorm } from "./ascent/fast_minimum_norm.ts";
import { pgd } from "./ascent/pgd.ts";
import type { Attacked, AttackOptions, MinimumNormAttacked } from "./attacked.ts";
import { deepfool } from "./deepfool/deepfool.ts";
import { fastGradientSign } from "./fast_gradient_sign/fast_gradient_sign.ts";

/** What attacks may be told, whatever they make of it. */
export interface AttackFlags {
  /** The norm of the perturbation. */
  readonly norm: number;
  /** The strength, in the units of the inputs. */
  readonly epsilon: number;
  /** The iteration limit, or the number of steps. */
  readonly iterations: number;
  /** How far beyond the boundary to go. */
  readonly overshoot: number;
}

/** Where an attack is to lead, besides its flags. */
export type AttackGoal = Pick<AttackOptions, "targets" | "within" | "onProgress">;

/** An attack that can be named. */
export interface Attack {
  /** What it is called. */
  readonly title: string;
  /** The norms that it knows, the usual one first; `any` is every norm from 1 on, usually 2. None where it cannot be chosen. */
  readonly norms?: readonly number[] | "any";
  /** Which class a sample is to leave where there is no target: its true one, or the one that is predicted. */
  readonly leaves: "label" | "prediction";
  /** What it has to be told. */
  readonly needs: readonly (keyof AttackFlags)[];
  /** What it may be told, and what it takes otherwise. */
  readonly options: Partial<AttackFlags>;
  /** Attacks images; `flags` has a value for all that it needs and may be told. */
  readonly run: (
    engine: Engine,
    model: Model,
    split: Split,
    flags: AttackFlags,
    options: AttackGoal,
  ) => Promise<Attacked | MinimumNormAttacked>;
}

/** Every attack by the name that flags and files use. */
export const attacks: Readonly<Record<string, Attack>> = {
  deepfool: {
    title: "DeepFool",
    norms: "any",
    leaves: "prediction",
    needs: [],
    options: { norm: 2, iterations: 50, overshoot: 0.02 },
    run: (engine, model, { images }, { norm: p, iterations, overshoot }, options) =>
      deepfool(engine, model, images, { p, iterations, overshoot, ...options }),
  },
  fmn: {
    title: "the fast minimum-norm attack",
    norms: [2, Infinity, 1],
    leaves: "prediction",
    needs: [],
    options: { norm: 2, iterations: 100 },
    run: (engine, model, { images }, { norm: p, iterations: steps }, options) =>
      fastMinimumNorm(engine, model, images, { p, steps, ...options }),
  },
  ddn: {
    title: "the decoupled direction and norm attack",
    norms: [2],
    leaves: "prediction",
    needs: [],
    options: { norm: 2, iterations: 100 },
    run: (engine, model, { images }, { iterations: steps }, options) =>
      ddn(engine, model, images, { steps, ...options }),
  },
  fgs: {
    title: "the fast gradient sign attack",
    leaves: "label",
    needs: ["epsilon"],
    options: {},
    run: (engine, model, { images, labels }, { epsilon }, options) =>
      fastGradientSign(engine, model, images, { epsilon, ...awayFrom(labels, options) }),
  },
  pgd: {
    title: "projected gradient descent",
    norms: [Infinity, 2],
    leaves: "label",
    needs: ["epsilon"],
    options: { norm: Infinity, iterations: 40 },
    run: (engine, model, { images, labels }, { epsilon, norm: p, iterations: steps }, options) =>
      pgd(engine, model, images, { epsilon, p, steps, ...awayFrom(labels, options) }),
  },
};

/** The goal, with labels to leave where there are no targets to reach. */
function awayFrom(labels: Uint16Array, goal: AttackGoal): AttackOptions {
  return goal.targets ? goal : { ...goal, labels };
}
