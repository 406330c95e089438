import assert from "node:assert/strict";
import { readBatches } from "../lib/data/cifar10/batches.ts";
import { readIdx } from "../lib/data/idx/idx.ts";
import { readLines } from "../lib/data/images/text_lines.ts";
import { UserError } from "../lib/engine/user_error.ts";
import { readIfThere } from "../lib/files/files.ts";
import { readOnnx } from "../lib/networks/onnx/read_onnx.ts";
import { readSafetensors } from "../lib/networks/safetensors.ts";
import { readNotebook } from "../lib/notebooks/notebook.ts";

/** What reads files that a user or a disk may have put anything in place of. */
const readers: Record<string, (dir: string, name: string) => Promise<unknown>> = {
  "model.onnx": (dir, name) => readOnnx(`${dir}/${name}`),
  "model.safetensors": (dir, name) => readSafetensors(`${dir}/${name}`),
  "metrics.arrow": (dir, name) => readIfThere(`${dir}/${name}`),
  "train-images-idx3-ubyte": (dir, name) => readIdx(`${dir}/${name}`),
  "val_labels.txt": (dir, name) => readLines(`${dir}/${name}`),
  "data_batch_1.bin": (dir) => readBatches(dir),
  "notebook.ipynb": (dir, name) => readNotebook(`${dir}/${name}`),
};

for (const [name, read] of Object.entries(readers)) {
  Deno.test({
    name: `a pipe in place of ${name} is refused, not waited for`,
    ignore: Deno.build.os === "windows",
    async fn() {
      const dir = await Deno.makeTempDir();
      try {
        const { success } = await new Deno.Command("mkfifo", { args: [`${dir}/${name}`] }).output();
        assert.ok(success);
        await assert.rejects(
          read(dir, name),
          (error) =>
            error instanceof UserError && error.message.includes(`${dir}/${name}: `) &&
            error.message.endsWith(": it is a pipe or a device, not a file"),
        );
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    },
  });
}
