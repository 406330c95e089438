import assert from "node:assert/strict";
import { apgd, apgdTargeted } from "../../lib/attacks/apgd/apgd.ts";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import {
  accuraciesUnderSign,
  fastGradientSign,
} from "../../lib/attacks/fast_gradient_sign/fast_gradient_sign.ts";
import { fastAdaptiveBoundary } from "../../lib/attacks/fast_adaptive_boundary/fast_adaptive_boundary.ts";
import { squareAttack } from "../../lib/attacks/square/square_attack.ts";
import { ddn } from "../../lib/attacks/ascent/ddn.ts";
import { fastMinimumNorm } from "../../lib/attacks/ascent/fast_minimum_norm.ts";
import { pgd } from "../../lib/attacks/ascent/pgd.ts";
import { predict } from "../../lib/compute/predict.ts";
import type { Split } from "../../lib/data/dataset.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { accuracy } from "../../lib/metrics/accuracy.ts";
import type { Weights } from "../../lib/networks/weights.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallMlp, smallSplit, smallWeights } from "../small_problem.ts";

const network = smallMlp();
const weights = smallWeights(network, "overflow");
const split = smallSplit(20, "overflow");
const length = 36;

type Use = (engine: Engine, weights: Weights, split: Split) => Promise<unknown>;

const uses: Record<string, Use> = {
  "predicting": (engine, weights, { images }) => predict(engine, { network, weights }, images),
  "accuracy": (engine, weights, split) => accuracy(engine, { network, weights }, split),
  "DeepFool": (engine, weights, { images }) => deepfool(engine, { network, weights }, images),
  "DeepFool in the maximum norm": (engine, weights, { images }) =>
    deepfool(engine, { network, weights }, images, { p: Infinity }),
  "DeepFool towards targets": (engine, weights, { images, labels }) =>
    deepfool(engine, { network, weights }, images, { targets: labels.map((k) => (k + 1) % 4) }),
  "FMN": (engine, weights, { images }) => fastMinimumNorm(engine, { network, weights }, images),
  "FAB": (engine, weights, { images }) =>
    fastAdaptiveBoundary(engine, { network, weights }, images),
  "FAB towards targets": (engine, weights, { images, labels }) =>
    fastAdaptiveBoundary(engine, { network, weights }, images, {
      targets: labels.map((k) => (k + 1) % 4),
    }),
  "Square": (engine, weights, { images, labels }) =>
    squareAttack(engine, { network, weights }, images, { labels, epsilon: 0.1, queries: 5 }),
  "FMN in l1": (engine, weights, { images }) =>
    fastMinimumNorm(engine, { network, weights }, images, { p: 1 }),
  "DDN": (engine, weights, { images }) => ddn(engine, { network, weights }, images),
  "PGD": (engine, weights, { images, labels }) =>
    pgd(engine, { network, weights }, images, { labels, epsilon: 0.1 }),
  "PGD in l2": (engine, weights, { images, labels }) =>
    pgd(engine, { network, weights }, images, { labels, epsilon: 0.1, p: 2 }),
  "APGD-CE": (engine, weights, { images, labels }) =>
    apgd(engine, { network, weights }, images, { labels, epsilon: 0.1 }),
  "APGD-DLR in l2": (engine, weights, { images, labels }) =>
    apgd(engine, { network, weights }, images, { labels, epsilon: 0.1, p: 2, loss: "dlr" }),
  "APGD-T": (engine, weights, { images, labels }) =>
    apgdTargeted(engine, { network, weights }, images, { labels, epsilon: 0.1 }),
  "FGS": (engine, weights, { images, labels }) =>
    fastGradientSign(engine, { network, weights }, images, { labels, epsilon: 0.1 }),
};

/** Whether an error is the user's and says so. */
const says = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof UserError, `${error}`);
  assert.match(error.message, message);
  return true;
};

for (const [name, use] of Object.entries(uses)) {
  Deno.test(`${name}: finite weights whose logits are not are refused, not taken for a robust model`, async () => {
    const engine = await sharedEngine(2);
    const large = Object.fromEntries(
      Object.entries(weights).map(([key, { shape, data }]) =>
        [key, { shape, data: data.map((value) => 1e19 * value) }] as const
      ),
    );
    await assert.rejects(
      use(engine, large, split),
      says(/small-mlp.*: expected finite logits, got NaN or Infinity for image 0: the weights/),
    );
  });

  Deno.test(`${name}: the first image whose logits are not finite is named`, async () => {
    const engine = await sharedEngine(2);
    const images = split.images.map((value, i) => Math.floor(i / length) >= 13 ? 3e38 : value);
    await assert.rejects(
      use(engine, weights, { ...split, images }),
      says(/expected finite logits, got NaN or Infinity for image 13:/),
    );
  });
}

Deno.test("perturbations beyond 32 bits, and those that the network cannot compute with, are refused", async () => {
  const engine = await sharedEngine(2);
  const model = { network, weights };
  const { images, labels } = split;
  const refused = says(/in \[0, 3.4e38\], got 1e\+39$/);
  const epsilon = 1e39;
  await assert.rejects(pgd(engine, model, images, { labels, epsilon }), refused);
  await assert.rejects(pgd(engine, model, images, { labels, epsilon: 1, stepSize: 1e39 }), refused);
  await assert.rejects(fastGradientSign(engine, model, images, { labels, epsilon }), refused);
  await assert.rejects(accuraciesUnderSign(engine, model, images, labels, [0, epsilon]), refused);
  await assert.rejects(deepfool(engine, model, images, { overshoot: 1e39 }), refused);
  const overflows = says(/small-mlp with [\w-]+: expected finite logits, got NaN or Infinity/);
  const most = 3e38;
  await assert.rejects(pgd(engine, model, images, { labels, epsilon: most }), overflows);
  await assert.rejects(apgd(engine, model, images, { labels, epsilon: most }), overflows);
  await assert.rejects(apgdTargeted(engine, model, images, { labels, epsilon: most }), overflows);
  await assert.rejects(
    fastGradientSign(engine, model, images, { labels, epsilon: most }),
    overflows,
  );
  await assert.rejects(accuraciesUnderSign(engine, model, images, labels, [0, most]), overflows);
  await assert.rejects(deepfool(engine, model, images, { overshoot: most }), overflows);
});
