import assert from "node:assert/strict";
import { resolve } from "node:path";
import { sameFlags } from "../../../lib/commands/shared/same_flags.ts";

Deno.test("flags that mean the same anywhere have absolute paths, and leave out what they are told to", () => {
  const values = {
    dataset: "idx:images",
    model: "a,b.onnx",
    list: "a.onnx,/b.onnx",
    seed: "0",
    workers: "2",
  };
  const kinds = { paths: ["model"], pathLists: ["list"], without: ["workers", "json"] };
  assert.deepEqual(sameFlags(values, { flips: true, json: true, help: false }, kinds), [
    `--dataset=idx:${resolve("images")}`,
    `--model=${resolve("a,b.onnx")}`,
    `--list=${resolve("a.onnx")},/b.onnx`,
    "--seed=0",
    "--flips",
  ]);
});
