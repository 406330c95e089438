// Lines of Python that write a model in a form that is read. Names of files come quoted.

/** A line of Python, for the file's name and the name to write. */
export type PythonLine = (from: string, to: string) => string;

/**
 * The state dict that a function of PyTorch reads, as safetensors. Each tensor is copied: safetensors takes no views, and none twice.
 *
 * @param load The function.
 * @param rest What takes the state dict from what it gives.
 */
export function ofStateDict(load: string, rest = ""): PythonLine {
  return (from, to) =>
    "import torch, safetensors.torch as s; s.save_file({k: v.contiguous().clone() for k, v in " +
    `${load}(${from}, map_location="cpu")${rest}.items()}, ${to})`;
}

/** The module that a checkpoint's weights belong to, as ONNX. */
export function ofModule(_: string, to: string): string {
  return `torch.onnx.export(model.eval(), x, ${to}, opset_version=17, input_names=["x"], ` +
    "training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False, " +
    'dynamic_axes={"x": {0: "n"}})';
}

/** Several arrays of NumPy, as safetensors. */
export function ofArrays(from: string, to: string): string {
  return `import numpy, safetensors.numpy as s; s.save_file(dict(numpy.load(${from})), ${to})`;
}

/** One array of NumPy, which has no name, as safetensors. */
export function ofArray(from: string, to: string): string {
  return `import numpy, safetensors.numpy as s; s.save_file({"NAME": numpy.load(${from})}, ${to})`;
}

/** A pickled dict of arrays, as safetensors. */
export function ofPickle(from: string, to: string): string {
  return `import pickle, safetensors.numpy as s; s.save_file(pickle.load(open(${from}, "rb")), ${to})`;
}

/** The files that an index names, as one. */
export function ofIndex(from: string, to: string): string {
  return "import json; from safetensors.torch import load_file, save_file; " +
    `files = set(json.load(open(${from}))["weight_map"].values()); ` +
    `save_file({k: v for f in files for k, v in load_file(f).items()}, ${to})`;
}

/** A Keras model, as ONNX. */
export function ofKeras(from: string, to: string): string {
  return "import tensorflow as tf, tf2onnx; " +
    `tf2onnx.convert.from_keras(tf.keras.models.load_model(${from}), output_path=${to})`;
}

/** A TensorFlow Lite model, as ONNX. */
export function ofTflite(from: string, to: string): string {
  return `import tf2onnx; tf2onnx.convert.from_tflite(${from}, output_path=${to})`;
}
