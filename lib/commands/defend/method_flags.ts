import { UserError } from "../../engine/user_error.ts";
import { fineTunings, methodOf } from "../../experiments/methods.ts";
import type { Method, MethodSettings } from "../../jobs/method.ts";
import { real, share } from "../shared/flag_values.ts";
import { epsilonOf, type WithinFlag } from "../shared/pixel_flags.ts";

/** The flag of each setting that methods have, and its help. */
const flagOf: Readonly<Record<string, readonly [flag: string, what: string]>> = {
  lambda: ["lambda", "the weight of the regulariser"],
  c: ["c", "the scale of the penalty on images predicted right; derived by default"],
  d: ["d", "the scale of the penalty on images predicted wrong"],
  beta: ["beta", "the strength of the retraction in each step"],
  share: ["share", "the share of the outputs that each step retracts"],
  window_exponent: ["window-exponent", "with k numbers in a filter's window, its norm is k^-X"],
  scale: ["example-scale", "the factor of DeepFool's perturbations"],
  fgs_share: ["fgs-share", "the share of the loss that is computed under attack"],
  fgs_epsilon: [
    "fgs-epsilon",
    "the strength of that attack, in the form of --epsilon; derived by default",
  ],
};

/** The flags for settings of methods. */
export const methodFlags: readonly string[] = Object.values(flagOf).map(([flag]) => flag);

/** The help for these flags: which methods have each, and its default. */
export const methodHelp: string = Object.entries(flagOf).map(([setting, [flag, what]]) => {
  const all: readonly Method[] = fineTunings;
  const having = all.filter(({ settings }) => setting in settings(""));
  const [usual] = having.map(({ settings }) => settings("")[setting]);
  const derived = what.includes("derived") ? "" : ` (${usual})`;
  return `  --${flag} X`.padEnd(22) +
    `${what}${derived}: ${having.map(({ id }) => id).join(", ")}`;
}).join("\n");

/**
 * The settings of a method that flags give.
 *
 * @throws {UserError} (exit code 2) for a flag that the method does not use.
 */
export function methodSettingsOf(
  method: string,
  values: Readonly<Record<string, string>>,
  within: WithinFlag,
): MethodSettings {
  const own = methodOf(method).settings("");
  const given = Object.entries(flagOf).filter(([, [flag]]) => values[flag] !== undefined);
  const foreign = given.find(([setting]) => !(setting in own));
  if (foreign) {
    const flags = Object.keys(own).map((setting) => `--${flagOf[setting]![0]}`);
    throw new UserError(
      `reading the arguments: expected flags that ${method} uses, got --${
        foreign[1][0]
      }; ${method} uses ${flags.join(", ") || "none"}`,
      2,
    );
  }
  return Object.fromEntries(given.map(([setting, [flag]]) => {
    const text = values[flag]!;
    if (setting === "fgs_epsilon") return [setting, epsilonOf(text, within, flag)];
    return [setting, setting.endsWith("share") ? share(flag, text) : real(flag, text, 0)];
  }));
}
