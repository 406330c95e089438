import assert from "node:assert/strict";
import { UserError } from "../../lib/engine/user_error.ts";

/** Whether an error is a user's, with exit code 1 and a message of one line. */
export function isUserError(message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    assert.equal(error.exitCode, 1);
    return true;
  };
}
