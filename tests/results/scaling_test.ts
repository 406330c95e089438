import assert from "node:assert/strict";
import { encodeTable } from "../../lib/files/arrow.ts";
import { readScaling, scalingColumns } from "../../lib/results/scaling.ts";

Deno.test("a scaling table is read as it was written, and as no rows where there is none", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/scaling.arrow`;
    assert.deepEqual(await readScaling(path), []);
    const row = {
      network: "mlp",
      step: "clean",
      workers: 2,
      batch: 100,
      ms: 2.5,
      peak_gflops: 400,
    };
    await Deno.writeFile(path, encodeTable(scalingColumns, [row]));
    assert.deepEqual(await readScaling(path), [row]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
