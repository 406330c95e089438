import type { DatasetSource } from "../source.ts";

/** Folders of IDX files, as MNIST and its relatives are distributed. */
export const idx: DatasetSource = {
  id: "idx",
  forms: ["idx:DIR"],
  help: "idx:DIR for a folder of IDX files",
  async open(dir = "", { pixels, onNote }) {
    const { loadIdxFolder } = await import("./folder.ts");
    return await loadIdxFolder(dir, { pixels, ...(onNote ? { onNote } : {}) });
  },
};
