import assert from "node:assert/strict";
import { drawParameters } from "../../lib/layers/draw_parameters.ts";
import { channelOrder } from "../../lib/layers/scales/channel_order.ts";
import { normalizeContrast } from "../../lib/layers/scales/normalize_contrast.ts";
import { standardize } from "../../lib/layers/scales/standardize.ts";
import { whiten } from "../../lib/layers/scales/whiten.ts";
import { serial } from "../../lib/layers/serial.ts";
import { numbers } from "../engine/engines.ts";
import { checkLayer, type Example } from "./check_layer.ts";

const array = (shape: readonly number[], key: string) => ({ shape, data: numbers(shape, key) });
const positive = (shape: readonly number[], key: string) => ({
  shape,
  data: numbers(shape, key).map((x) => x ** 2 + 0.5),
});
/** Makes a sample's deviation larger than the 40 from which it is divided by. */
const wide = standardize({ deviation: { shape: [1], data: Float32Array.of(1 / 90) } });

const examples: Record<string, Example> = {
  "channelOrder": { layer: channelOrder([2, 0, 1]), inputShape: [3, 2, 4] },
  "standardize by channel": {
    layer: standardize({ mean: array([3, 1, 1], "mean"), deviation: positive([3, 1, 1], "s") }),
    inputShape: [3, 2, 4],
  },
  "standardize by a mean image": {
    layer: standardize({ mean: array([2, 3, 3], "mean image") }),
    inputShape: [2, 3, 3],
  },
  "standardize a vector": {
    layer: standardize({ deviation: positive([1], "deviation") }),
    inputShape: [7],
  },
  "normalizeContrast of flat images": { layer: normalizeContrast(53), inputShape: [3, 2, 4] },
  "normalizeContrast of images with contrast": {
    layer: serial({ wide, contrast: normalizeContrast(53) }),
    inputShape: [3, 2, 4],
  },
  "whiten": { layer: whiten(array([12, 12], "matrix")), inputShape: [3, 2, 2] },
};

for (const [name, example] of Object.entries(examples)) checkLayer(name, example);

Deno.test("a scale's buffers begin with its numbers, however often they are drawn", () => {
  const mean = array([2, 1, 1], "drawn");
  const { parameters = {} } = standardize({ mean }).describe([2, 3, 3]);
  assert.ok(parameters.mean!.buffer);
  for (const _ of [1, 2]) {
    assert.deepEqual(drawParameters(parameters, () => NaN).mean!.data, mean.data);
  }
});

for (
  const [what, layer, shape, message] of [
    [
      "three means",
      standardize({ mean: array([3, 1, 1], "x") }),
      [1, 4, 4],
      /mean that fits inputs/,
    ],
    ["an order of three", channelOrder([2, 1, 0]), [1, 4, 4], /channels are \[2,1,0\]/],
    ["an order with gaps", channelOrder([0, 0, 1]), [3, 4, 4], /channels are \[0,0,1\]/],
    ["a matrix of 12", whiten(array([12, 12], "m")), [3, 4, 4], /matrix of 48 rows/],
  ] as const
) {
  Deno.test(`${what} does not fit an input of shape [${shape}]`, () => {
    assert.throws(() => layer.describe(shape), message);
  });
}
