import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readOptions as attackOptions } from "../../../lib/commands/attack/options.ts";
import { readOptions as exportOptions } from "../../../lib/commands/export/options.ts";
import { readOptions as notebooksOptions } from "../../../lib/commands/notebooks/options.ts";
import { readOptions as reproduceOptions } from "../../../lib/commands/reproduce/options.ts";
import { withFolder } from "../../data/idx/fixture.ts";
import { commandOf, endOf } from "../command.ts";
import { readOptions as reportOptions } from "../../../lib/commands/report/options.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Calls a function as a command that `deno task` runs, called from `called`. */
async function underTask<T>(called: string, use: () => Promise<T>): Promise<T> {
  const [before, folder] = [Deno.env.get("INIT_CWD"), Deno.cwd()];
  Deno.env.set("INIT_CWD", called);
  Deno.chdir(root);
  try {
    return await use();
  } finally {
    Deno.chdir(folder);
    if (before === undefined) Deno.env.delete("INIT_CWD");
    else Deno.env.set("INIT_CWD", before);
  }
}

const model = ["--weights", "w", "--network", "mlp", "--dataset", "idx:rows"];

Deno.test("under deno task, relative paths of all flags are from where the user stands", async () => {
  await underTask("/stands/here", async () => {
    const reproduce = await reproduceOptions([...model, "--out", "x"]);
    const attack = await attackOptions([...model, "--out", "../x"]);
    const exported = await exportOptions([...model, "--to", "onnx", "x.onnx"]);
    const notebooks = await notebooksOptions(["--out", "x"]);
    assert.equal(await reportOptions(["x"]), "/stands/here/x");
    assert.equal(reproduce!.out, "/stands/here/x");
    assert.equal(attack!.out, "/stands/x");
    assert.equal(exported!.file, "/stands/here/x.onnx");
    assert.equal(notebooks!.out, "/stands/here/x");
    for (const options of [reproduce!, attack!, exported!]) {
      const path = "model" in options ? options.model.path : options.weightsFile;
      assert.equal(path, "/stands/here/w");
      assert.equal(options.dataset, "idx:/stands/here/rows");
    }
  });
});

Deno.test("absolute paths, and datasets without a folder, stay as they are", async () => {
  await underTask("/stands/here", async () => {
    const options = await reproduceOptions(["--dataset", "cifar10", "--out", "/else/where"]);
    assert.equal(options!.dataset, "cifar10");
    assert.equal(options!.out, "/else/where");
    const { dataset } = (await reproduceOptions(["--dataset", "cifar10:/else/where"]))!;
    assert.equal(dataset, "cifar10:/else/where");
  });
});

Deno.test("without --out, results go to the project's outputs, wherever the user stands", async () => {
  await underTask("/stands/here", async () => {
    assert.equal((await reproduceOptions([]))!.out, `${root}outputs/local/quick`);
    assert.equal((await notebooksOptions([]))!.out, `${root}outputs/notebooks`);
  });
});

Deno.test("outside deno task, relative paths are from the working folder; errors show them absolute", async () => {
  await withFolder(async (dir) => {
    const { code, errors } = endOf(
      await new Deno.Command(Deno.execPath(), {
        args: commandOf(["reproduce", "--dataset", "idx:none"]),
        cwd: dir,
        env: { INIT_CWD: "/somebody/else" },
      }).output(),
    );
    assert.equal(code, 1);
    assert.ok(errors.includes(`${await Deno.realPath(dir)}/none`), errors);
  });
});
