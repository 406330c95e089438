import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";

/** A word as a POSIX shell takes it: in single quotes where it holds more than letters, digits and a few harmless signs. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** One word: parts in single quotes, in double quotes, after a backslash, or plain. */
const word = /(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\])+/gs;

/**
 * The words of a text, split as a shell splits them: at spaces, except in quotes. Variables are not replaced.
 *
 * @param flag The flag that the text is of, for the message.
 * @throws {UserError} (exit code 2) when a quotation mark has no partner.
 */
export function wordsOf(flag: string, text: string): string[] {
  if (text.replace(word, "").trim() !== "") {
    throw new UserError(
      `reading --${flag}: expected quotation marks in pairs, got ${excerpt(text)}`,
      2,
    );
  }
  return [...text.matchAll(word)].map(([one]) => unquoted(one));
}

/** A word without its quotes. */
function unquoted(one: string): string {
  return one.replace(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs,
    (_, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? "",
  );
}
