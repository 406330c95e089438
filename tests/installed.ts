// What some tests need besides Deno. Where everything is to be tested (DEEP_DEFENSE_REQUIRE_ALL), a test whose program
// is missing fails instead of being skipped.
const required = Deno.env.get("DEEP_DEFENSE_REQUIRE_ALL") !== undefined;

/** Whether a test has to be skipped because a program is missing. */
export async function isMissing(program: string, ...args: string[]): Promise<boolean> {
  return !required && !await runs(program, args);
}

async function runs(program: string, args: string[]): Promise<boolean> {
  try {
    const command = new Deno.Command(program, { args, stdout: "null", stderr: "null" });
    return (await command.output()).success;
  } catch {
    return false; // not installed, or not allowed to run
  }
}
