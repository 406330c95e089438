import assert from "node:assert/strict";
import { makeOnce } from "../../lib/data/cache.ts";
import { withFolder } from "./idx/fixture.ts";
import { isUserError } from "./user_error.ts";

const isThere = (path: string) => Deno.stat(path).then(() => true, () => false);

Deno.test("makeOnce: made once, with the folders above it, by one of several", () =>
  withFolder(async (dir) => {
    let made = 0;
    const make = async (folder: string) => {
      made++;
      await Deno.writeTextFile(`${folder}/file`, "contents");
    };
    await Promise.all([1, 2, 3].map(() => makeOnce(`${dir}/a/b/thing`, make)));
    await makeOnce(`${dir}/a/b/thing`, make);
    assert.equal(made, 1);
    assert.equal(await Deno.readTextFile(`${dir}/a/b/thing/file`), "contents");
  }));

Deno.test("makeOnce: it is not there before it is whole, nor when making it fails", () =>
  withFolder(async (dir) => {
    const path = `${dir}/thing`;
    const failing = makeOnce(path, async (folder) => {
      await Deno.writeTextFile(`${folder}/file`, "half");
      assert.equal(await isThere(path), false);
      throw new Error("enough");
    });
    await assert.rejects(failing, /enough/);
    assert.deepEqual([await isThere(path), await isThere(`${path}.part`)], [false, false]);
  }));

Deno.test("makeOnce: what was left unfinished is made anew", () =>
  withFolder(async (dir) => {
    await Deno.mkdir(`${dir}/thing.part`);
    await Deno.writeTextFile(`${dir}/thing.part/old`, "");
    await makeOnce(`${dir}/thing`, () => Promise.resolve());
    assert.equal(await isThere(`${dir}/thing/old`), false);
  }));

Deno.test("makeOnce: a place that cannot be written to is one line", () =>
  withFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/file`, "");
    const making = makeOnce(`${dir}/file/thing`, () => Promise.resolve());
    await assert.rejects(
      making,
      isUserError(/^making the folder \S+file: expected a place that can be written to: /),
    );
  }));
