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
  /** The share of the output units that each step retracts, in (0, 1]; 0.3 unless given. */
  readonly share?: number;
}

/**
 * Parseval training (Cisse et al. 2017): ordinary training, and after every step the weights of some output units, drawn
 * anew, move towards orthonormal ones: with M the weights as [inputs, outputs] and S the columns drawn,
 * M_S <- (1 + beta) M_S - beta M_S M_S' M_S. Biases are left alone.
 *
 * @throws {UserError} when an option lies outside its range.
 */
export function parseval({ beta = 1e-4, share = 0.3 }: ParsevalOptions = {}): Defense {
  const check = optionCheck("preparing Parseval training");
  check(isFrom(beta, 0), "beta in [0, inf)", beta);
  check(share > 0 && share <= 1, "the share of outputs in (0, 1]", share);
  return {
    ...clean(),
    settings: { beta, share },
    projection: (engine, network) => loadProjection(engine, network, beta, share),
  };
}

/** A layer's weights, [outputs, inputs], and the function that retracts `drawn` of its rows. */
interface Retraction {
  readonly name: string;
  readonly outputs: number;
  readonly inputs: number;
  readonly drawn: number;
  readonly run: Executable;
}

async function loadProjection(
  engine: Engine,
  network: Network,
  beta: number,
  share: number,
): Promise<Projection> {
  const { parameters } = network;
  const matrices = trainedNames(network).filter((name) => parameters[name]!.length > 1);
  const retractions = await Promise.all(matrices.map(async (name) => {
    const [outputs = 0, ...rest] = parameters[name]!;
    const [inputs, drawn] = [size(rest), Math.round(share * outputs)];
    const run = await engine.compile(retract(beta), { rows: [drawn, inputs] });
    return { name, outputs, inputs, drawn, run };
  }));
  return async (weights, { seed, epoch, step }) => {
    for (const retraction of retractions) {
      const { name, outputs, drawn } = retraction;
      const chosen = shuffled(outputs, "parseval", name, seed, epoch, step).subarray(0, drawn);
      await retractRows(retraction, weights[name]!, chosen);
    }
  };
}

/** A row here is a column of M: S <- (1 + beta) S - beta S S' S. */
function retract(beta: number) {
  return ({ rows }: Record<string, tf.Tensor>) => {
    const gram = tf.matMul(rows as tf.Tensor2D, rows as tf.Tensor2D, false, true);
    const pulled = tf.matMul(gram, rows as tf.Tensor2D);
    return { retracted: tf.sub(tf.mul(rows!, 1 + beta), tf.mul(pulled, beta)) };
  };
}

async function retractRows(
  { inputs, run }: Retraction,
  weight: Float32Array,
  chosen: Uint32Array,
): Promise<void> {
  const rows = new Float32Array(chosen.length * inputs);
  chosen.forEach((row, i) =>
    rows.set(weight.subarray(row * inputs, (row + 1) * inputs), i * inputs)
  );
  const { retracted } = await run({ rows });
  chosen.forEach((row, i) =>
    weight.set(retracted!.subarray(i * inputs, (i + 1) * inputs), row * inputs)
  );
}
