import temml from "temml";
import { UserError } from "../engine/user_error.ts";

/** Text with a token in place of every formula, and each token's formula as MathML. */
export interface WithTokens {
  readonly text: string;
  readonly mathml: ReadonlyMap<string, string>;
}

/** Code, which is left as it is, or a formula between `$$` or `$`. */
const pattern = /(```[\s\S]*?```|`[^`\n]*`)|\$\$([\s\S]+?)\$\$|\$([^$\n]+?)\$/g;

/**
 * Takes the formulas out of markdown, which would misread their signs, and translates them from TeX to MathML,
 * which browsers show without a script or a font.
 *
 * @throws {UserError} for a formula that is not TeX.
 */
export function withTokens(markdown: string): WithTokens {
  const mathml = new Map<string, string>();
  const text = markdown.replaceAll(pattern, (whole, code, display, inline) => {
    if (code !== undefined) return whole;
    const token = `formula${crypto.randomUUID().replaceAll("-", "")}`;
    mathml.set(token, toMathml(display ?? inline, display !== undefined));
    return token;
  });
  return { text, mathml };
}

function toMathml(tex: string, displayMode: boolean): string {
  try {
    return temml.renderToString(tex, { displayMode, throwOnError: true });
  } catch (error) {
    throw new UserError(
      `reading the formula ${tex.trim()}: expected TeX: ${(error as Error).message}`,
      1,
      { cause: error },
    );
  }
}
