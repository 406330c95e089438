import assert from "node:assert/strict";
import { pgd } from "../../../lib/attacks/ascent/pgd.ts";
import { deepfool } from "../../../lib/attacks/deepfool/deepfool.ts";
import { attackInBlocks, type BlockOptions } from "../../../lib/commands/shared/blocks.ts";
import { Interrupted } from "../../../lib/commands/shared/interruption.ts";
import { createEngine } from "../../../lib/engine/engine.ts";
import { withFolder } from "../../data/idx/fixture.ts";
import { smallMlp, smallSplit, smallWeights } from "../../small_problem.ts";

const network = smallMlp();
const model = { network, weights: smallWeights(network, "blocks") };
const split = smallSplit(25, "blocks");
split.images.fill(0, 36, 72); // an image without a ratio

/** Runs attacks in blocks of 10, and counts the blocks that were attacked. */
async function attack(folder: string, options: Partial<BlockOptions> = {}) {
  await using engine = await createEngine({ workers: 1 });
  let blocks = 0;
  const { attacked } = await attackInBlocks(split, {
    size: 10,
    folder,
    key: "key",
    signal: new AbortController().signal,
    onProgress: () => {},
    run(block) {
      blocks++;
      return deepfool(engine, model, block.images);
    },
    ...options,
  });
  return { attacked, blocks };
}

Deno.test("an interrupted attack resumes after its last block, with the same bits", async () => {
  await withFolder(async (dir) => {
    const whole = await attack(`${dir}/whole`);
    assert.equal(whole.blocks, 3);
    assert.ok(Number.isNaN(whole.attacked.ratios[1]));
    const controller = new AbortController();
    await assert.rejects(
      attack(`${dir}/cut`, {
        signal: controller.signal,
        onProgress: (done) => done >= 0 && controller.abort(),
        run: async (block, onProgress) => {
          await using engine = await createEngine({ workers: 1 });
          onProgress(block.count);
          return await deepfool(engine, model, block.images);
        },
      }),
      (error) => error instanceof Interrupted && error.message === "10 of 25 images",
    );
    const rest = await attack(`${dir}/cut`);
    assert.equal(rest.blocks, 2);
    assert.deepEqual(rest.attacked, whole.attacked);
    assert.equal((await attack(`${dir}/cut`)).blocks, 0);
  });
});

Deno.test("an attack that fails before its first block is done leaves no folder", async () => {
  await withFolder(async (dir) => {
    const run = () => Promise.reject(new Error("no attack"));
    await assert.rejects(attack(`${dir}/new`, { run }), /no attack/);
    await assert.rejects(Deno.stat(`${dir}/new`), Deno.errors.NotFound);
  });
});

Deno.test("blocks of another key, and damaged ones, are attacked again", async () => {
  await withFolder(async (dir) => {
    const whole = await attack(dir);
    assert.equal((await attack(dir, { key: "other" })).blocks, 3);
    await attack(dir);
    const path = `${dir}/10.safetensors`;
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 5]! ^= 1;
    await Deno.writeFile(path, bytes);
    const { attacked, blocks } = await attack(dir);
    assert.equal(blocks, 1);
    assert.deepEqual(attacked, whole.attacked);
  });
});

Deno.test("an attack without iterations has none after blocks either", async () => {
  await withFolder(async (dir) => {
    await using engine = await createEngine({ workers: 1 });
    const run: BlockOptions["run"] = ({ images, labels }) =>
      pgd(engine, model, images, { labels, epsilon: 0.3, steps: 3 });
    const first = await attack(dir, { run });
    assert.equal("iterations" in first.attacked, false);
    assert.deepEqual((await attack(dir, { run })).attacked, first.attacked);
  });
});
