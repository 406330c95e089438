import assert from "node:assert/strict";
import { brotliCompressSync } from "node:zlib";
import { npmWith, packageOf, tarball, tarHeader } from "../data/cifar10/fixture.ts";
import { withFolder } from "../data/idx/fixture.ts";
import { isUserError } from "../data/user_error.ts";
import { libraryFiles, tensorflowLibrary } from "./library.ts";

/** A package with an archive of files of one byte each, numbered. */
async function packageWith(names: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const blocks = names.flatMap((name, i) => {
    const contents = new Uint8Array(512).fill(i, 0, 1);
    return [...tarHeader(`node_modules/@tensorflow/tfjs-node/${name}`, 1), ...contents];
  });
  const archive = brotliCompressSync(Uint8Array.from([...blocks, ...new Uint8Array(1024)]));
  return await tarball({ "nodejs12.x-tf2.7.0.br": archive });
}

const names = [
  "index.js",
  "deps/lib/libtensorflow.so.1.15.0",
  "deps/lib/libtensorflow_framework.so.1.15.0",
  "lib/napi-v6/tfjs_binding.node",
];

Deno.test("TensorFlow's library is taken from the archive in its package, once", () =>
  withFolder(async (dir) => {
    const whole = await packageWith(names);
    const npm = await npmWith(dir, whole);
    const folder = await tensorflowLibrary(dir, { npm, source: packageOf(whole) });
    const there = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    assert.deepEqual(there.sort(), libraryFiles.toSorted());
    const numbers = libraryFiles.map(async (file) => [...await Deno.readFile(`${folder}/${file}`)]);
    assert.deepEqual(await Promise.all(numbers), [[1], [2], [3]]);
    assert.equal(await tensorflowLibrary(dir, { npm: "no-such-npm" }), folder);
  }));

Deno.test("a package without TensorFlow's binding is refused, and leaves nothing", () =>
  withFolder(async (dir) => {
    const part = await packageWith(names.slice(0, 3));
    const npm = await npmWith(dir, part);
    await assert.rejects(
      tensorflowLibrary(`${dir}/cache`, { npm, source: packageOf(part) }),
      isUserError(/^reading .*: expected .*tfjs_binding\.node in the package, but there is none$/),
    );
    const left = await Array.fromAsync(Deno.readDir(`${dir}/cache`), ({ name }) => name);
    assert.deepEqual(left, ["lock"]);
  }));
