import assert from "node:assert/strict";
import {
  hasPictures,
  type Pictures,
  readPictures,
  writePictures,
} from "../../lib/jobs/pictures_file.ts";
import { inNewFolder } from "./small_experiment.ts";

const pictures: Pictures = {
  shape: [1, 1, 2],
  images: [
    {
      original: Float32Array.of(0, 255),
      perturbed: Float32Array.of(-3, 256),
      label: 7,
      predicted: 7,
      fooledAs: 1,
      ratio: 0.25,
    },
    {
      original: Float32Array.of(0, 0),
      perturbed: Float32Array.of(1, 1),
      label: 2,
      predicted: 2,
      fooledAs: 3,
    },
  ],
};

for (const images of [pictures.images, []]) {
  Deno.test(`${images.length} pictures are read as they were written`, async () => {
    await inNewFolder(async (folder) => {
      assert.equal(await hasPictures(folder), false);
      assert.equal(await readPictures(folder), undefined);
      await writePictures(folder, { ...pictures, images });
      assert.equal(await hasPictures(folder), true);
      assert.deepEqual(await readPictures(folder), { ...pictures, images });
    });
  });
}
