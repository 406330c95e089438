import * as tf from "@tensorflow/tfjs";
import type { Engine } from "../engine/engine.ts";
import type { Executable } from "../engine/executable.ts";
import { size } from "../engine/nd_array.ts";
import { isFrom, optionCheck } from "../engine/option_check.ts";
import { shuffled } from "../engine/random.ts";
import { type Network, trainedNames } from "../networks/network.ts";
import { clean } from "./clean.ts";
import type { Defense, Projection } from "./defense.ts";

/** The parameters of Parseval training; the defaults are the paper's for MNIST. */
export interface ParsevalOptions {
  /** The strength of the retraction in each step, beta; 1e-4 unless given. */
  readonly beta?: number;
  /** The share of the output units that each step retracts, in (0, 1], and at least one of each layer; 0.3 unless given. */
  readonly share?: number;
  /**
   * How much smaller filters are whose windows are larger, in [0, 1/2]: with k numbers in a window (25 of 5x5), their columns are
   * drawn towards the norm k^-windowExponent. 0 unless given: norm 1 for all. 1/4 is the 1 / sqrt(side) of Cisse et al.; with 1/2,
   * orthogonal columns make a convolution that lengthens no difference.
   */
  readonly windowExponent?: number;
}

/**
 * Parseval training (Cisse et al. 2017): ordinary training, and after every step the weights of some output units, drawn
 * anew, move towards orthogonal ones of norm s: with M the weights as [inputs, outputs] and S the columns drawn,
 * M_S <- (1 + beta) M_S - beta M_S M_S' M_S / s^2. s is 1, for filters k^-windowExponent. Only weights of dense layers
 * and filters of convolutions move (of layers of one's own, parameters with `outputUnits`); biases and slopes are left alone.
 *
 * @throws {UserError} when an option lies outside its range.
 */
export function parseval(
  { beta = 1e-4, share = 0.3, windowExponent = 0 }: ParsevalOptions = {},
): Defense {
  const check = optionCheck("preparing Parseval training");
  check(isFrom(beta, 0), "beta in [0, inf)", beta);
  check(share > 0 && share <= 1, "the share of outputs in (0, 1]", share);
  check(
    windowExponent >= 0 && windowExponent <= 0.5,
    "the exponent of windows in [0, 1/2]",
    windowExponent,
  );
  const settings = { beta, share, windowExponent };
  return {
    ...clean(),
    settings: { beta, share, window_exponent: windowExponent },
    projection: (engine, network) => loadProjection(engine, network, settings),
  };
}

/** A layer's weights as three axes, with the output units in the middle: [outer, outputs, inner]. */
interface Extents {
  readonly outer: number;
  readonly outputs: number;
  readonly inner: number;
}

/** A layer's weights, and the function that retracts `drawn` of their output units. */
interface Retraction extends Extents {
  readonly name: string;
  readonly drawn: number;
  readonly run: Executable;
}

async function loadProjection(
  engine: Engine,
  network: Network,
  { beta, share, windowExponent }: Required<ParsevalOptions>,
): Promise<Projection> {
  const { parameters = {} } = network.layers.describe(network.inputShape);
  const matrices = trainedNames(network).filter((name) => parameters[name]?.outputUnits);
  const retractions = await Promise.all(matrices.map(async (name) => {
    const { shape, outputUnits } = parameters[name]!;
    const extents = extentsOf(shape, outputUnits!.axis);
    const drawn = Math.max(1, Math.round(share * extents.outputs));
    const norm = outputUnits!.window ** -windowExponent;
    const rows = [drawn, extents.outer * extents.inner];
    return { name, ...extents, drawn, run: await engine.compile(retract(beta, norm), { rows }) };
  }));
  return async (weights, { seed, epoch, step }) => {
    for (const retraction of retractions) {
      const { name, outputs, drawn } = retraction;
      const chosen = shuffled(outputs, "parseval", name, seed, epoch, step).subarray(0, drawn);
      await retractRows(retraction, weights[name]!, chosen);
    }
  };
}

function extentsOf(shape: readonly number[], axis: number): Extents {
  const [outer, inner] = [size(shape.slice(0, axis)), size(shape.slice(axis + 1))];
  return { outer, outputs: shape[axis]!, inner };
}

/** A row here is a column of M: S <- (1 + beta) S - beta S S' S / s^2. */
function retract(beta: number, norm: number) {
  return ({ rows }: Record<string, tf.Tensor>) => {
    const gram = tf.matMul(rows as tf.Tensor2D, rows as tf.Tensor2D, false, true);
    const pulled = tf.matMul(gram, rows as tf.Tensor2D);
    return { retracted: tf.sub(tf.mul(rows!, 1 + beta), tf.mul(pulled, beta / norm ** 2)) };
  };
}

async function retractRows(
  retraction: Retraction,
  weight: Float32Array,
  chosen: Uint32Array,
): Promise<void> {
  const { outer, inner, run } = retraction;
  const rows = new Float32Array(chosen.length * outer * inner);
  eachPlace(retraction, chosen, (at, i) => rows[i] = weight[at]!);
  const { retracted } = await run({ rows });
  eachPlace(retraction, chosen, (at, i) => weight[at] = retracted![i]!);
}

/** Visits the numbers of some output units, unit by unit: their places in [outer, outputs, inner] and in [chosen, outer inner]. */
function eachPlace(
  { outer, outputs, inner }: Extents,
  chosen: Uint32Array,
  visit: (at: number, i: number) => void,
): void {
  let i = 0;
  for (const unit of chosen) {
    for (let o = 0; o < outer; o++) {
      const from = (o * outputs + unit) * inner;
      for (let at = from; at < from + inner; at++) visit(at, i++);
    }
  }
}
