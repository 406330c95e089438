import assert from "node:assert/strict";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { filesBelow } from "../files_below.ts";

/** Deno's cache, for all programs. */
const cache = await Deno.makeTempDir();
Deno.test.afterAll(() => Deno.remove(cache, { recursive: true }));

/** Runs a program with a new home and temporary folder. Returns what it said and the names of the files that it left. */
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
      env: { HOME, TMPDIR, DENO_DIR: cache, DENO_NO_UPDATE_CHECK: "1", ...env },
    }).output();
    const said = new TextDecoder().decode(stderr);
    assert.ok(success, said);
    const paths = [...await filesBelow(HOME), ...await filesBelow(TMPDIR)];
    return { said, files: paths.map((path) => basename(path)) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const programs = {
  "on the main thread and in the engine's workers": "one_session.ts",
  "in a worker of one's own": "one_session_in_worker.ts",
};
const throughDeno = ["--allow-ffi", "--allow-env=ORT_DISABLE_TELEMETRY"];
const throughLibc = ["--allow-ffi"];
/** Enough to load onnxruntime, and too little to call the C library. */
const neither = [
  `--allow-ffi=${fileURLToPath(new URL("../../node_modules", import.meta.url))}`,
];

for (const [where, program] of Object.entries(programs)) {
  for (const [how, permissions] of Object.entries({ throughDeno, throughLibc })) {
    Deno.test(`a session ${where} leaves no file of onnxruntime's telemetry, ${how}`, async () => {
      assert.deepEqual(await run(program, permissions), { said: "", files: [] });
    });
  }
}

Deno.test("a user's ORT_DISABLE_TELEMETRY: 0 is overruled, 1 holds without any permission", async () => {
  const env = (value: string) => ({ ORT_DISABLE_TELEMETRY: value });
  assert.deepEqual((await run("one_session.ts", throughDeno, env("0"))).files, []);
  assert.deepEqual((await run("one_session.ts", throughLibc, env("0"))).files, []);
  assert.deepEqual((await run("one_session.ts", neither, env("1"))).files, []);
});

Deno.test("where telemetry cannot be switched off, it leaves its files, and one line says so", async () => {
  const { said, files } = await run("one_session.ts", neither);
  assert.match(
    said,
    /^warning: [^\n]*telemetry stays on[^\n]*--allow-env=ORT_DISABLE_TELEMETRY[^\n]*\n$/,
  );
  const kinds = [/^\.ses$/, /^deviceid$/, /^mat-debug-\d+\.log$/, /^onnxruntime\.db/];
  assert.deepEqual(kinds.filter((kind) => !files.some((name) => kind.test(name))), []);
});
