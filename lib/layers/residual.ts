import * as tf from "@tensorflow/tfjs";
import { UserError } from "../engine/user_error.ts";
import type { Layer } from "./layer.ts";
import { serial } from "./serial.ts";

/** The traces of both branches. */
export interface ResidualTrace {
  /** What the branch shares with its reverse layers. */
  readonly branch: unknown;
  /** What the shortcut shares with its own. */
  readonly shortcut: unknown;
}

/**
 * Adds a branch to a shortcut (He et al. 2016): y = branch(x) + shortcut(x). The reverse layer adds what both branches' reverse
 * layers give.
 *
 * @param branch Its parameters keep their names.
 * @param shortcut The identity unless said otherwise; its parameters are called `downsample.…`, as torchvision has them.
 */
export function residual(branch: Layer, shortcut?: Layer): Layer<ResidualTrace> {
  const skip = serial(shortcut ? { downsample: shortcut } : {});
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
      return {
        output: tf.add(own.output, other.output),
        trace: { branch: own.trace, shortcut: other.trace },
      };
    },
    reverse: (weights, trace, gradient) =>
      tf.add(
        branch.reverse(weights, trace.branch, gradient),
        skip.reverse(weights, trace.shortcut as readonly unknown[], gradient),
      ),
    linearize: (weights, trace, v, unit) =>
      tf.add(
        branch.linearize(weights, trace.branch, v, unit),
        skip.linearize(weights, trace.shortcut as readonly unknown[], v, unit),
      ),
    statistics: (weights, trace) => ({
      ...branch.statistics?.(weights, trace.branch),
      ...skip.statistics?.(weights, trace.shortcut as readonly unknown[]),
    }),
  };
}
