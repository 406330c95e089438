import * as tf from "@tensorflow/tfjs";

/** A function's value, and its gradient in each of its arguments. */
export interface ValueAndGradients {
  readonly value: tf.Tensor;
  readonly gradients: readonly tf.Tensor[];
}

/**
 * A function's value and gradients. In an argument that the function ignores the gradient is 0; TensorFlow.js's own
 * `valueAndGrads` throws there.
 *
 * @param fn The function; what leads from its arguments to its value happens in it.
 * @param dy The gradient in the value; ones unless given.
 */
export function valueAndGradients(
  fn: (...xs: tf.Tensor[]) => tf.Tensor,
  xs: tf.Tensor[],
  dy?: tf.Tensor,
): ValueAndGradients {
  const { value, grads } = tf.engine().gradients(() => fn(...xs), xs, dy, true);
  const given: readonly (tf.Tensor | undefined)[] = grads;
  return { value, gradients: xs.map((x, i) => given[i] ?? tf.zerosLike(x)) };
}
