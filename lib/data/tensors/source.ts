import type { DatasetSource } from "../source.ts";

/** Inputs of any shape in a safetensors file, as PyTorch writes it in one line. */
export const tensors: DatasetSource = {
  id: "tensors",
  forms: ["tensors:FILE"],
  help: "tensors:FILE for safetensors with x_train, y_train, x_test, y_test, of any shape",
  anyShape: true,
  async open(path = "", { pixels }) {
    const { loadTensors } = await import("./tensors.ts");
    return await loadTensors(path, { pixels });
  },
};
