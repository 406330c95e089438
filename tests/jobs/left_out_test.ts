import assert from "node:assert/strict";
import { firstLeftOut, recordLeftOut } from "../../lib/jobs/left_out.ts";
import { withFolder } from "../data/idx/fixture.ts";
import { isUserError } from "../data/user_error.ts";

Deno.test("left_out.json adds what a run left out to what earlier ones did, of one dataset", () =>
  withFolder(async (out) => {
    const nothing = new Map<string, string>();
    assert.equal((await recordLeftOut(out, "a", nothing)).size, 0);
    await recordLeftOut(out, "a", new Map([["1.png", "none"]]));
    const both = await recordLeftOut(out, "a", new Map([["2.png", "half"]]));
    assert.deepEqual(firstLeftOut(both), ["1.png: none", "2.png: half"]);
    assert.deepEqual(await recordLeftOut(out, "a", nothing), both);
    assert.equal((await recordLeftOut(out, "b", nothing)).size, 0);
    await Deno.writeTextFile(`${out}/left_out.json`, "{");
    await assert.rejects(
      recordLeftOut(out, "a", nothing),
      isUserError(/left_out\.json: expected JSON of images that were left out: .*; remove it/),
    );
  }));

Deno.test("the first five of what was left out are named, on one line each", () => {
  const many = new Map(Array.from({ length: 9 }, (_, i) => [`${i}\n.png`, "none"]));
  assert.deepEqual(firstLeftOut(many), [0, 1, 2, 3, 4].map((i) => `${i}\\n.png: none`));
});
