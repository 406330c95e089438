/**
 * Runs the tests of the engine, the layers and a Deep Defense step on the backend `tensorflow`, without a GPU:
 * `deno task test:tensorflow`. The first time, 195 MB come from npm.
 *
 * @module
 */

import { progressOnStderr } from "../../lib/commands/shared/progress.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { setUpTensorflow } from "./set_up.ts";

const tests = ["tests/engine", "tests/layers", "tests/defenses/deep_defense_test.ts"];

/** Runs the tests; returns their exit code. */
async function runTests(config: string): Promise<number> {
  const permissions = ["read", "write", "env", "sys", "ffi", "run"].map((name) =>
    `--allow-${name}`
  );
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--quiet",
      "--reporter=dot",
      "--cached-only",
      "--no-check",
      ...permissions,
      "--config",
      config,
    ]
      .concat(tests),
    env: { DEEP_DEFENSE_TESTED_BACKEND: "tensorflow", TF_CPP_MIN_LOG_LEVEL: "2" },
  });
  return (await command.spawn().status).code;
}

const view = progressOnStderr();
try {
  const config = await setUpTensorflow((name, done, total) => view.show({ name, done, total }));
  view.end();
  Deno.exit(await runTests(config));
} catch (error) {
  view.end();
  if (!(error instanceof UserError)) throw error;
  console.error(`error: ${error.message}`);
  Deno.exit(error.exitCode);
}
