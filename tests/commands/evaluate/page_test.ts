import assert from "node:assert/strict";
import { encodeSafetensors } from "../../../lib/networks/safetensors.ts";
import { launch, look } from "../../browser.ts";
import { isMissing } from "../../installed.ts";
import { run } from "../command.ts";
import { network, withModel } from "../small_model.ts";

const looks = [
  { width: 390, colorScheme: "light" },
  { width: 390, colorScheme: "dark" },
  { width: 1280, colorScheme: "light" },
  { width: 1280, colorScheme: "dark" },
] as const;

Deno.test({
  name: "chromium draws the curves and pictures of an evaluation, and tables do not widen the page",
  ignore: await isMissing("chromium", "--version"),
  fn: async () => {
    await withModel(async (dir) => {
      const names = ["model", "another-one-with-a-name-that-does-not-fit-a-phone", "third"];
      for (const name of names.slice(1)) {
        const weights = encodeSafetensors(network.init(name), {});
        await Deno.writeFile(`${dir}/${name}.safetensors`, weights);
      }
      const files = names.map((name) => `${dir}/${name}.safetensors`).join(",");
      const end = await run([
        "evaluate",
        ...["--model", files, "--dataset", `idx:${dir}/rows`, "--out", `${dir}/out`],
        ...["--images", "10", "--workers", "1", "--epsilons", "1,2,4,8,16,32"],
      ]);
      assert.equal(end.code, 0, end.errors);
      const browser = await launch();
      await look(browser, `${dir}/out/evaluate.html`, looks, (_, { pictures, ...found }) => {
        assert.deepEqual(found, { plots: 1, drawn: 1, tooWide: 0, problems: [], errors: [] });
        assert.ok(pictures > 0);
      });
      await browser.close();
    });
  },
});
