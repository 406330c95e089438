import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const example = new URL("./own_network.ts", import.meta.url);

Deno.test("the example of a network of one's own runs from another folder, and its defense raises rho_2", async () => {
  const elsewhere = await Deno.makeTempDir();
  await Deno.copyFile(example, `${elsewhere}/own_network.ts`);
  const config = fileURLToPath(new URL("deno.json", root));
  const permissions = ["--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...permissions, "--config", config, "own_network.ts"],
    cwd: elsewhere,
  }).output();
  const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.ok(success, errors);
  const lines = [...out!.matchAll(/^(\w+): accuracy ([\d.]+)%, rho_2 ([\d.]+)$/gm)];
  assert.deepEqual(lines.map(([, name]) => name), ["reference", "defended"]);
  const [before, after] = lines.map(([, , , robustness]) => Number(robustness));
  assert.ok(after! > 1.1 * before!, out);
  assert.ok(lines.every(([, , accuracy]) => Number(accuracy) > 85), out);
  await Deno.remove(elsewhere, { recursive: true });
});

Deno.test("the library's README quotes the example as it is, in under 40 lines", async () => {
  const text = await Deno.readTextFile(example);
  assert.ok(text.trim().split("\n").length < 40);
  assert.ok((await Deno.readTextFile(new URL("lib/README.md", root))).includes(text.trim()));
});
