import * as tf from "@tensorflow/tfjs";

/** What the gradient takes for a constant: masks, switches, choices of classes. */
export function constant(compute: () => tf.Tensor): tf.Tensor {
  return tf.customGrad(() => ({ value: compute(), gradFunc: () => [] }))();
}
