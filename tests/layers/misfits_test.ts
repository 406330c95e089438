import assert from "node:assert/strict";
import { UserError } from "../../lib/engine/user_error.ts";
import { averagePool } from "../../lib/layers/average_pool.ts";
import { conv2d } from "../../lib/layers/conv2d.ts";
import { dense } from "../../lib/layers/dense.ts";
import type { Layer } from "../../lib/layers/layer.ts";
import { maxPool } from "../../lib/layers/max_pool.ts";
import { serial } from "../../lib/layers/serial.ts";

/** A layer, inputs that it cannot take, and what it says. */
interface Misfit {
  readonly layer: Layer;
  readonly inputShape: readonly number[];
  readonly message: RegExp;
}

const misfits: Record<string, Misfit> = {
  "dense on an image": { layer: dense(3), inputShape: [1, 4, 4], message: /vector.*\[1,4,4\]/ },
  "dense on nothing": { layer: dense(3), inputShape: [0], message: /\[0\]/ },
  "conv2d on a vector": {
    layer: conv2d(3, 3),
    inputShape: [9],
    message: /at least 3x3.*\[9\]/,
  },
  "conv2d on a small image": {
    layer: conv2d(3, 5),
    inputShape: [1, 4, 8],
    message: /at least 5x5.*\[1,4,8\]/,
  },
  "conv2d with groups that do not divide the channels": {
    layer: conv2d(4, 3, { groups: 2 }),
    inputShape: [3, 4, 4],
    message: /2 groups divide, got 3 and 4/,
  },
  "maxPool on a small image": {
    layer: maxPool(4, { pad: 1 }),
    inputShape: [1, 1, 5],
    message: /at least 2x2.*\[1,1,5\]/,
  },
  "maxPool with a window in the padding": {
    layer: maxPool(3, { pad: 3 }),
    inputShape: [1, 4, 5],
    message: /padding of less than the window of 3x3.* and 3/,
  },
  "averagePool that does not tile": {
    layer: averagePool(2),
    inputShape: [1, 4, 5],
    message: /multiples of 2.*\[1,4,5\]/,
  },
  "maxPool on a vector": { layer: maxPool(2), inputShape: [4], message: /\[4\]/ },
  "serial, in the middle": {
    layer: serial({ conv: conv2d(3, 4), pool: averagePool(2) }),
    inputShape: [1, 8, 8],
    message: /pool.*multiples of 2.*\[3,5,5\]/,
  },
};

for (const [name, { layer, inputShape, message }] of Object.entries(misfits)) {
  Deno.test(`a misfit names what was expected and the shape that came: ${name}`, () => {
    assert.throws(() => layer.describe(inputShape), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, message);
      return true;
    });
  });
}
