import { unitScale } from "../../../lib/data/scale.ts";
import type { growingPerturbation } from "../../../lib/plots/images/growing_perturbation.ts";

/** A dataset of one grey image of 2x2 pixels, with three classes. */
export const greyDataset: Parameters<typeof growingPerturbation>[0] = {
  id: "small",
  checksum: "",
  title: "Small",
  inputShape: [1, 2, 2],
  scale: () => Promise.resolve(unitScale),
  classes: 3,
  train: { images: new Float32Array(), labels: new Uint16Array(), count: 0 },
  test: { images: new Float32Array(4), labels: Uint16Array.of(2), count: 1 },
  toPixels: (image) => image.map((value) => value + 100),
};
/** What two networks make of it at two sizes. */
export const growingSeries = [
  {
    method: "reference",
    images: Float32Array.of(0, 1, 2, 3, 10, -300, 30, 400),
    logits: Float32Array.of(0, 0, Math.log(2), 1000, 0, 0),
  },
  {
    method: "deep_defense",
    images: Float32Array.of(0, 1, 2, 3, 5, 6, 7, 8),
    logits: Float32Array.of(0, 0, 0, 0, 1, 0),
  },
];
