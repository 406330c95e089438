import * as tf from "@tensorflow/tfjs";

type Kernel = tf.KernelConfig["kernelFunc"];

/** The kernels that are replaced, each made from tfjs-node-gpu's own. */
const replacements: Readonly<Record<string, (own: Kernel) => Kernel>> = {
  /** Rectifiers and their gradients use it. tfjs-node-gpu runs seven operations for it, and none for whole numbers. */
  Step: () => ({ inputs, attrs }) => {
    const x = inputs.x as tf.Tensor; // A kernel called through TensorFlow.js's API gets tensors.
    const alpha = Number(attrs?.alpha ?? 0);
    return tf.tidy(() => {
      const positive = tf.greater(x, 0);
      if (alpha === 0) return tf.cast(positive, x.dtype);
      return tf.where(positive, tf.onesLike(x), tf.fill(x.shape, alpha, x.dtype));
    });
  },
  /** tfjs-node-gpu's takes no axis that is counted from the end. */
  GatherV2: (own) => ({ attrs, inputs, ...call }) => {
    const [axis] = tf.util.parseAxisParam(Number(attrs?.axis ?? 0), inputs.x!.shape);
    return own({ ...call, inputs, attrs: { ...attrs, axis: axis! } });
  },
};

/** Replaces kernels of the backend `tensorflow` that are slow, or wrong for some inputs. */
export function replaceKernels(): void {
  for (const [kernelName, replacement] of Object.entries(replacements)) {
    const { kernelFunc, ...kernel } = tf.getKernel(kernelName, "tensorflow");
    tf.unregisterKernel(kernelName, "tensorflow");
    tf.registerKernel({ ...kernel, kernelFunc: replacement(kernelFunc) });
  }
}
