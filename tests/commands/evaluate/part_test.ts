import assert from "node:assert/strict";
import { encodeSafetensors } from "../../../lib/networks/safetensors.ts";
import { mistake, run, runAlone } from "../command.ts";
import { network, withModel } from "../small_model.ts";

Deno.test("models that are evaluated one by one are joined to what one process writes", async () => {
  await withModel(async (dir) => {
    await Deno.writeFile(`${dir}/other.safetensors`, encodeSafetensors(network.init("another")));
    const args = (out: string, ...more: string[]) => [
      ...["evaluate", "--model", `${dir}/model.safetensors,${dir}/other.safetensors`],
      ...["--dataset", `idx:${dir}/rows`, "--images", "10", "--workers", "1"],
      ...["--out", `${dir}/${out}`, ...more],
    ];
    const parts = await Promise.all(
      ["1/2", "2/2"].map((job) => runAlone(args("parts", "--job", job))),
    );
    for (const [i, { code, out, errors }] of parts.entries()) {
      assert.equal(code, 0, errors);
      assert.match(
        out,
        new RegExp(`^${["model", "other"][i]}.safetensors: what was found is kept`),
      );
    }
    const joined = await run(args("parts"));
    assert.equal(joined.code, 0, joined.errors);
    const whole = await run(args("whole"));
    assert.equal(whole.code, 0, whole.errors);
    for (const name of ["evaluate.arrow", "evaluate_images.arrow"]) {
      const [one, other] = await Promise.all(
        ["parts", "whole"].map((out) => Deno.readFile(`${dir}/${out}/${name}`)),
      );
      assert.deepEqual(one, other);
    }
    const again = await run(args("parts", "--job", "2/2"));
    assert.match(again.out, /^this evaluation is in .* already$/m);
    const wrong = await run(args("parts", "--job", "none"));
    assert.equal(wrong.code, 2);
    assert.match(mistake(wrong), /--job: expected I\/N with I from 1 to N, got none$/);
  });
});
