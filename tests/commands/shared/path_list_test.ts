import assert from "node:assert/strict";
import { pathsIn } from "../../../lib/commands/shared/path_list.ts";
import { inNewFolder } from "../../jobs/small_experiment.ts";

Deno.test("a list of paths is split at its commas, but not at those of files that are there", async () => {
  await inNewFolder(async (dir) => {
    for (const point of ["lambda=5,c=15", "lambda=5,c=25"]) {
      await Deno.mkdir(`${dir}/${point}`);
      await Deno.writeTextFile(`${dir}/${point}/hardened.onnx`, "");
    }
    const [a, b] = ["lambda=5,c=15", "lambda=5,c=25"].map((one) => `${dir}/${one}/hardened.onnx`);
    const none = `${dir}/none.onnx`;
    for (const paths of [[a!], [a!, b!], [none, b!], [a!, none, none]]) {
      assert.deepEqual(pathsIn(paths.join(",")), paths);
    }
  });
});

Deno.test("a folder whose name is the first part of a path is none of the list's files", async () => {
  await inNewFolder(async (dir) => {
    for (const point of ["lambda=5", "lambda=5,c=15"]) {
      await Deno.mkdir(`${dir}/${point}`);
      await Deno.writeTextFile(`${dir}/${point}/hardened.onnx`, "");
    }
    const paths = ["lambda=5,c=15", "lambda=5"].map((one) => `${dir}/${one}/hardened.onnx`);
    assert.deepEqual(pathsIn(paths.join(",")), paths);
  });
});
