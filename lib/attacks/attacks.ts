import type { Split } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import type { Network } from "../networks/network.ts";
import type { Model } from "../networks/model.ts";
import { apgd, type ApgdOptions, type ApgdStrength, apgdTargeted } from "./apgd/apgd.ts";
import { autoAttack, type AutoAttackMembers, autoAttackMembers } from "./auto_attack.ts";
import { ddn } from "./ascent/ddn.ts";
import { fastMinimumNorm } from "./ascent/fast_minimum_norm.ts";
import { pgd } from "./ascent/pgd.ts";
import type { Attacked, AttackOptions, MinimumNormAttacked } from "./attacked.ts";
import { deepfool } from "./deepfool/deepfool.ts";
import { fastAdaptiveBoundary } from "./fast_adaptive_boundary/fast_adaptive_boundary.ts";
import { fastGradientSign } from "./fast_gradient_sign/fast_gradient_sign.ts";
import { squareAttack } from "./square/square_attack.ts";

/** The flags of all attacks; each attack uses some of them. */
export interface AttackFlags {
  /** The norm of the perturbation. */
  readonly norm: number;
  /** The strength, in the units of the inputs. */
  readonly epsilon: number;
  /** The iteration limit, or the number of steps. */
  readonly iterations: number;
  /** How far beyond the boundary to go. */
  readonly overshoot: number;
  /** How many starts an image has. */
  readonly restarts: number;
  /** How many of the most likely other classes are tried in turn. */
  readonly "target-classes": number;
  /** Draws random starts. */
  readonly seed: number;
}

/** The goal and the bounds of an attack, besides its flags. */
export type AttackGoal = Pick<AttackOptions, "targets" | "within" | "onProgress" | "signal">;

/** An entry in the table of attacks. */
export interface Attack {
  /** What it is called. */
  readonly title: string;
  /** The norms that it supports, the default first; `any` is every norm from 1 on, 2 by default. Missing where there is no choice. */
  readonly norms?: readonly number[] | "any";
  /** Which class a sample is to leave where there is no target: its true one, or the one that is predicted. */
  readonly leaves: "label" | "prediction";
  /** Whether it can be directed towards a given class; true unless given. */
  readonly takesTarget?: boolean;
  /** The flags that it requires. */
  readonly needs: readonly (keyof AttackFlags)[];
  /** Its optional flags with their defaults. */
  readonly options: Partial<AttackFlags>;
  /** Of an ensemble, its members that can attack a network in a norm, and those that cannot. */
  readonly membersOf?: (network: Network, norm: number) => AutoAttackMembers;
  /** Attacks images; `flags` has a value for all that it needs and may be told. */
  readonly run: (
    engine: Engine,
    model: Model,
    split: Split,
    flags: AttackFlags,
    options: AttackGoal,
  ) => Promise<Attacked | MinimumNormAttacked>;
}

/** The optional flags of every form of APGD with their defaults. */
const apgdOptions = { norm: Infinity, iterations: 100, restarts: 1, seed: 0 };

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
  fab: fabOf("the fast adaptive boundary attack", 0),
  fab_t: fabOf("the fast adaptive boundary attack towards the most likely classes in turn", 9),
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
    options: { norm: Infinity, iterations: 40, restarts: 1, seed: 0 },
    run: (engine, model, { images, labels }, flags, options) => {
      const { epsilon, norm: p, iterations: steps, restarts, seed } = flags;
      const search = { epsilon, p, steps, restarts, seed };
      return pgd(engine, model, images, { ...search, ...awayFrom(labels, options) });
    },
  },
  apgd_ce: apgdOf("ce", "APGD on the cross-entropy"),
  apgd_dlr: apgdOf("dlr", "APGD on the difference of logits ratio"),
  apgd_t: {
    title: "APGD towards the most likely classes in turn",
    norms: [Infinity, 2],
    leaves: "label",
    takesTarget: false,
    needs: ["epsilon"],
    options: { ...apgdOptions, "target-classes": 9 },
    run: (engine, model, { images, labels }, flags, options) =>
      apgdTargeted(engine, model, images, {
        ...strengthOf(flags),
        targetClasses: flags["target-classes"],
        ...awayFrom(labels, options),
      }),
  },
  square: {
    title: "the Square attack",
    norms: [Infinity, 2],
    leaves: "label",
    needs: ["epsilon"],
    options: { norm: Infinity, iterations: 5000, restarts: 1, seed: 0 },
    run: (engine, model, { images, labels }, flags, options) => {
      const { epsilon, norm: p, iterations: queries, restarts, seed } = flags;
      const search = { epsilon, p, queries, restarts, seed };
      return squareAttack(engine, model, images, { ...search, ...awayFrom(labels, options) });
    },
  },
  auto_attack: {
    title: "AutoAttack",
    norms: [Infinity, 2],
    leaves: "label",
    takesTarget: false,
    needs: ["epsilon"],
    options: { norm: Infinity, seed: 0 },
    membersOf: autoAttackMembers,
    run: (engine, model, { images, labels }, { epsilon, norm: p, seed }, options) =>
      autoAttack(engine, model, images, { epsilon, p, seed, ...awayFrom(labels, options) }),
  },
};

/** APGD without targets. */
function apgdOf(loss: NonNullable<ApgdOptions["loss"]>, title: string): Attack {
  return {
    title,
    norms: [Infinity, 2],
    leaves: "label",
    takesTarget: loss === "ce",
    needs: ["epsilon"],
    options: apgdOptions,
    run: (engine, model, { images, labels }, flags, options) =>
      apgd(engine, model, images, { loss, ...strengthOf(flags), ...awayFrom(labels, options) }),
  };
}

/** The options that all forms of APGD share. */
function strengthOf(
  { epsilon, norm: p, iterations: steps, restarts, seed }: AttackFlags,
): ApgdStrength {
  return { epsilon, p, steps, restarts, seed };
}

/** FAB, to the nearest class or towards some in turn: `targetClasses` of them unless told otherwise, or all of fewer; 0 for the nearest. */
function fabOf(title: string, targetClasses: number): Attack {
  return {
    title,
    norms: [2, Infinity, 1],
    leaves: "prediction",
    takesTarget: targetClasses === 0,
    needs: [],
    options: {
      norm: 2,
      iterations: 100,
      overshoot: 0.05,
      ...(targetClasses > 0 ? { "target-classes": targetClasses } : {}),
    },
    run(engine, model, { images }, { norm: p, iterations, overshoot, ...flags }, options) {
      const tried = targetClasses > 0 ? flags["target-classes"] : 0;
      const search = {
        p,
        iterations,
        overshoot,
        targetClasses: Math.min(tried, model.network.classes - 1),
      };
      return fastAdaptiveBoundary(engine, model, images, { ...search, ...options });
    },
  };
}

/** The goal, with labels to leave where there are no targets to reach. */
function awayFrom(labels: Uint16Array, goal: AttackGoal): AttackOptions {
  return goal.targets ? goal : { ...goal, labels };
}
