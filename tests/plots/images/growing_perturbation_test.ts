import assert from "node:assert/strict";
import { growingPerturbation } from "../../../lib/plots/images/growing_perturbation.ts";
import { packed } from "../../../lib/plots/figures/figure.ts";
import { greyDataset as dataset, growingSeries as series } from "./growing_sample.ts";
import { palette } from "../../../lib/plots/palette.ts";

Deno.test("a growing perturbation has a frame for each size, with the pixels and probabilities there", () => {
  const { frames, data, layout, alt } = growingPerturbation(dataset, series, {
    index: 0,
    sizes: [0, 0.25],
    start: 1,
  });
  assert.deepEqual(frames!.map(({ name, traces }) => [name, traces]), [
    ["0.00", [0, 1, 2, 3]],
    ["0.25", [0, 1, 2, 3]],
  ]);
  const [picture, bars] = frames![0]!.data;
  assert.deepEqual(picture!.z, packed(Uint8Array.of(100, 101, 102, 103), 2));
  assert.deepEqual(bars!.y, [0.25, 0.25, 0.5]);
  assert.deepEqual(frames![1]!.data[0]!.z, packed(Uint8Array.of(110, 0, 130, 255), 2), "clipped");
  assert.deepEqual(frames![1]!.data[1]!.y, [1, 0, 0]);
  assert.deepEqual(data, frames![1]!.data, "the size that is shown first");
  const [slider] = layout.sliders as { active: number; steps: { args: unknown[] }[] }[];
  assert.equal(slider!.active, 1);
  assert.deepEqual(slider!.steps.map(({ args }) => args[0]), [["0.00"], ["0.25"]]);
  assert.match(alt, /^A test image of class 2 .* Reference and Deep Defense see/);
});

Deno.test("the predicted class is in the method's full colour", () => {
  const { data } = growingPerturbation(dataset, series, { index: 0, sizes: [0, 0.25] });
  const { color } = data[1]!.marker as { color: string[] };
  assert.equal(color.indexOf(palette.reference), 2);
  assert.equal(color.filter((one) => one === palette.reference).length, 1);
});

Deno.test("inputs that are no grey pictures are refused", () => {
  const colour = { ...dataset, inputShape: [3, 2, 2] };
  assert.throws(
    () => growingPerturbation(colour, series, { index: 0, sizes: [0] }),
    /drawing Small: expected grey images, got \[3,2,2\]/,
  );
});
