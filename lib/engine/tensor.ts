/** A tensor of the TensorFlow.js API: inside a traced function it stands for a value that is not computed yet. */
export type Tensor = ReturnType<(typeof import("@tensorflow/tfjs"))["tensor"]>;
