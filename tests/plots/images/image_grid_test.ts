import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { imageGrid } from "../../../lib/plots/images/image_grid.ts";
import { pngDataUri } from "../../../lib/plots/images/png.ts";

const CLASSES = { label: 3, predicted: 3, fooledAs: 8 };

/** The channels of a PNG that has one IDAT and no filters. */
function pixels(uri: string): number[] {
  const png = Uint8Array.fromBase64(uri.replace("data:image/png;base64,", ""));
  const view = new DataView(png.buffer);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const length = view.getUint32(33);
  const lines = inflateSync(png.subarray(41, 41 + length));
  return Array.from({ length: height }, (_, y) => {
    const start = y * (1 + 3 * width) + 1;
    return [...lines.subarray(start, start + 3 * width)];
  }).flat();
}

function pictures(html: string): number[][] {
  return [...html.matchAll(/src="([^"]+)"/g)].map(([, uri]) => pixels(uri ?? ""));
}

Deno.test("a PNG holds the pixels it was given", () => {
  const rgb = Uint8Array.from({ length: 3 * 2 * 3 }, (_, i) => i * 14);
  assert.deepEqual(pixels(pngDataUri(rgb, 3, 2)), [...rgb]);
  assert.throws(() => pngDataUri(rgb, 3, 3), /3x3 PNG: expected 27 channels, got 18/);
});

Deno.test("grey images show clipped pixels, darker in blue and brighter in orange", () => {
  const { html } = imageGrid(
    [{ ...CLASSES, original: [0, 100, 250, 10], perturbed: [-5, 100, 260, 10] }],
    { shape: [1, 2, 2] },
  );
  const [original, delta, perturbed] = pictures(html);
  assert.deepEqual(original, [0, 0, 0, 100, 100, 100, 250, 250, 250, 10, 10, 10]);
  assert.deepEqual(perturbed, [0, 0, 0, 100, 100, 100, 255, 255, 255, 10, 10, 10]);
  assert.deepEqual(delta?.slice(3, 6), [255, 255, 255]);
  const [[red, , blue], [warmRed, , warmBlue]] = [delta!.slice(0, 3), delta!.slice(6, 9)];
  assert.ok(red! < blue! && warmRed! > warmBlue!);
  assert.match(html, /multiplied by 10;/); // 10 * 10 fits 127.5, 20 * 10 does not
});

Deno.test("colour images are planes, their perturbation an offset from mid-grey", () => {
  const original = [10, 20, 110, 120, 210, 220];
  const { html } = imageGrid(
    [{ ...CLASSES, original, perturbed: original.map((pixel) => pixel + 1) }],
    { shape: [3, 1, 2], amplify: 20, classNames: ["", "", "", "<cat>", "", "", "", "", "ship"] },
  );
  const [first, delta] = pictures(html);
  assert.deepEqual(first, [10, 110, 210, 20, 120, 220]);
  assert.deepEqual(new Set(delta), new Set([148])); // 127.5 + 20, rounded
  assert.match(html, /true class <b>&lt;cat&gt;<\/b>/);
  assert.match(html, /<span class="dd-wrong">ship<\/span>/);
});

Deno.test("images that do not fit the shape are refused", () => {
  const image = { ...CLASSES, original: [1], perturbed: [1] };
  assert.throws(() => imageGrid([image], { shape: [1, 2, 2] }), /expected 4 values each, got 1/);
  assert.throws(() => imageGrid([image], { shape: [2, 1, 1] }), /expected 1 or 3 channels, got 2/);
});
