import type { DatasetSource } from "../source.ts";

/** ImageNet, or any images in a folder for each class. */
export const imagenet: DatasetSource = {
  id: "imagenet",
  title: "ImageNet",
  forms: ["imagenet:DIR"],
  help:
    "imagenet:DIR for ILSVRC-2012 or other images in val/ and, for training, train/, in a folder for each class",
  async open(dir = "", options) {
    const { openImagenet } = await import("./imagenet.ts");
    return await openImagenet(dir, options);
  },
};
