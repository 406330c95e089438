import * as tf from "@tensorflow/tfjs";
import { UserError } from "../engine/user_error.ts";
import type { Layer } from "./layer.ts";
import { serial } from "./serial.ts";

/** The traces of what a residual layer is made of. */
export interface ResidualTrace {
  /** What the branch shares with its reverse layers. */
  readonly branch: unknown;
  /** What the shortcut shares with its own. */
  readonly shortcut: readonly unknown[];
  /** What the activation shares with its own. */
  readonly activation: readonly unknown[];
}

/** What stands around a residual layer's branch. */
export interface ResidualOptions {
  /** Beside it; the identity unless said otherwise. Its parameters are called `downsample.…`, as torchvision has them. */
  readonly shortcut?: Layer;
  /** Behind the sum, a layer without parameters; nothing unless said otherwise. */
  readonly activation?: Layer;
}

/**
 * Adds a branch to a shortcut (He et al. 2016): y = activation(branch(x) + shortcut(x)). The reverse layer adds what both branches'
 * reverse layers give.
 *
 * @param branch Its parameters keep their names.
 */
export function residual(
  branch: Layer,
  { shortcut, activation }: ResidualOptions = {},
): Layer<ResidualTrace> {
  const skip = serial(shortcut ? { downsample: shortcut } : {});
  const after = serial(activation ? { activation } : {});
  return {
    init(inputShape, normal) {
      const own = branch.init(inputShape, normal);
      const other = skip.init(inputShape, normal);
      if (String(own.outputShape) !== String(other.outputShape)) {
        throw new UserError(
          `building a residual layer: expected a branch and a shortcut of one shape, got [${own.outputShape}] and [${other.outputShape}]`,
        );
      }
      return {
        outputShape: own.outputShape,
        weights: { ...own.weights, ...other.weights },
        buffers: [...own.buffers ?? [], ...other.buffers ?? []],
        masks: { ...own.masks, ...other.masks },
      };
    },
    forward(weights, x) {
      const [own, other] = [branch.forward(weights, x), skip.forward(weights, x)];
      const { output, trace } = after.forward({}, tf.add(own.output, other.output));
      return { output, trace: { branch: own.trace, shortcut: other.trace, activation: trace } };
    },
    reverse(weights, trace, gradient) {
      const sum = after.reverse({}, trace.activation, gradient);
      return tf.add(
        branch.reverse(weights, trace.branch, sum),
        skip.reverse(weights, trace.shortcut, sum),
      );
    },
    linearize(weights, trace, v, unit) {
      const sum = tf.add(
        branch.linearize(weights, trace.branch, v, unit),
        skip.linearize(weights, trace.shortcut, v, unit),
      );
      return after.linearize({}, trace.activation, sum, unit);
    },
    statistics: (weights, trace) => ({
      ...branch.statistics?.(weights, trace.branch),
      ...skip.statistics?.(weights, trace.shortcut),
    }),
  };
}
