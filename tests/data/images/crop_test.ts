import assert from "node:assert/strict";
import { centreCrop, copyCrop, randomCrop } from "../../../lib/data/images/crop.ts";
import type { RgbImage } from "../../../lib/data/images/decode_image.ts";

/** An image whose red is the column, green the row and blue 100 more than the column. */
function positions(width: number, height: number): RgbImage {
  const data = Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return [x, y, 100 + x];
  });
  return { data: Uint8Array.from(data.flat()), width, height };
}

const CENTRES = [
  { width: 256, height: 256, left: 16, top: 16 },
  { width: 341, height: 256, left: 58, top: 16 }, // 58.5: Python rounds to the even number
  { width: 256, height: 259, left: 16, top: 18 }, // 17.5
  { width: 224, height: 225, left: 0, top: 0 }, // 0.5
];

for (const { width, height, left, top } of CENTRES) {
  Deno.test(`centreCrop: ${width} x ${height} begins at ${left}, ${top} as in torchvision`, () => {
    const image = { data: new Uint8Array(), width, height };
    assert.deepEqual(centreCrop(image, 224), { left, top, mirrored: false });
  });
}

Deno.test("randomCrop: reaches every place and no further", () => {
  const image = positions(7, 5);
  const least = randomCrop(image, 3, () => 0);
  const most = randomCrop(image, 3, () => 1 - 2 ** -32);
  assert.deepEqual(least, { left: 0, top: 0, mirrored: true });
  assert.deepEqual(most, { left: 4, top: 2, mirrored: false });
});

Deno.test("randomCrop: with a border it reaches as far beyond the image", () => {
  const image = positions(7, 5);
  const least = randomCrop(image, 5, () => 0, 2);
  const most = randomCrop(image, 5, () => 1 - 2 ** -32, 2);
  assert.deepEqual(least, { left: -2, top: -2, mirrored: true });
  assert.deepEqual(most, { left: 4, top: 2, mirrored: false });
});

Deno.test("copyCrop: beyond the image its edge is repeated", () => {
  const image = positions(7, 5);
  const planes = new Float32Array(27);
  copyCrop(image, { left: -1, top: 3, mirrored: false }, 3, planes);
  assert.deepEqual([...planes.subarray(0, 18)], [
    0,
    0,
    1,
    0,
    0,
    1,
    0,
    0,
    1,
    3,
    3,
    3,
    4,
    4,
    4,
    4,
    4,
    4,
  ]);
  copyCrop(image, { left: 5, top: -2, mirrored: true }, 3, planes);
  assert.deepEqual([...planes.subarray(0, 18)], [
    6,
    6,
    5,
    6,
    6,
    5,
    6,
    6,
    5,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  ]);
});

Deno.test("copyCrop: a plane for each colour, left and right changed when mirrored", () => {
  const image = positions(7, 5);
  const planes = new Float32Array(12);
  copyCrop(image, { left: 3, top: 1, mirrored: false }, 2, planes);
  assert.deepEqual([...planes], [3, 4, 3, 4, 1, 1, 2, 2, 103, 104, 103, 104]);
  copyCrop(image, { left: 3, top: 1, mirrored: true }, 2, planes);
  assert.deepEqual([...planes], [4, 3, 4, 3, 1, 1, 2, 2, 104, 103, 104, 103]);
});
