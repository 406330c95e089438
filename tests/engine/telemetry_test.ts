import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { filesBelow } from "./files_below.ts";

/** Runs a program with new home and temporary folders. Returns what it said and the files that it left there. */
async function run(
  program: string,
  permissions: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ said: string; files: string[] }> {
  const folder = await Deno.makeTempDir();
  const [HOME, TMPDIR] = [`${folder}/home`, `${folder}/temporary`];
  try {
    await Deno.mkdir(HOME);
    await Deno.mkdir(TMPDIR);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-check", "--no-prompt", "--cached-only"],
        ...["--allow-read", "--allow-sys", ...permissions],
        new URL(program, import.meta.url).href,
      ],
      clearEnv: true, // The engine of some other test has set the variable in this process.
      env: { HOME, TMPDIR, DENO_DIR: `${folder}/deno`, DENO_NO_UPDATE_CHECK: "1", ...env },
    }).output();
    const said = new TextDecoder().decode(stderr);
    assert.ok(success, said);
    return { said, files: [...await filesBelow(HOME), ...await filesBelow(TMPDIR)] };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const programs = {
  "on the main thread and in the engine's workers": "one_session.ts",
  "in a worker of one's own": "one_session_in_worker.ts",
};
const withEnv = ["--allow-ffi", "--allow-env=ORT_DISABLE_TELEMETRY"];
const withoutEnv = ["--allow-ffi"];
/** Enough to load onnxruntime, and too little to call the C library. */
const onlyPackages = [
  `--allow-ffi=${fileURLToPath(new URL("../../node_modules", import.meta.url))}`,
];

for (const [where, program] of Object.entries(programs)) {
  for (const [how, permissions] of Object.entries({ withEnv, withoutEnv })) {
    Deno.test(`a session ${where} leaves no file of onnxruntime's telemetry: ${how}`, async () => {
      assert.deepEqual(await run(program, permissions), { said: "", files: [] });
    });
  }
}

Deno.test("a user's ORT_DISABLE_TELEMETRY: 0 is overruled, 1 holds without any permission", async () => {
  const env = (value: string) => ({ ORT_DISABLE_TELEMETRY: value });
  assert.deepEqual((await run("one_session.ts", withEnv, env("0"))).files, []);
  assert.deepEqual((await run("one_session.ts", withoutEnv, env("0"))).files, []);
  assert.deepEqual((await run("one_session.ts", onlyPackages, env("1"))).files, []);
});

Deno.test("where telemetry cannot be switched off, it leaves its files, and one line says so", async () => {
  const { said, files } = await run("one_session.ts", onlyPackages);
  assert.match(
    said,
    /^warning: [^\n]*telemetry stays on[^\n]*--allow-env=ORT_DISABLE_TELEMETRY[^\n]*\n$/,
  );
  const kinds = [/^\.ses$/, /^deviceid$/, /^mat-debug-\d+\.log$/, /^onnxruntime\.db/];
  assert.deepEqual(kinds.filter((kind) => !files.some((name) => kind.test(name))), []);
});
