/** The longest excerpt, in characters. */
const longest = 80;

/** Characters that would break a line, move the cursor or reorder the text around them. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * External text (a file's contents, a header, a file's name, another program's output) as a message shows it: on
 * one line, control characters escaped, and only the beginning of a long text, with its length.
 */
export function excerpt(text: string): string {
  let shown = "";
  for (const character of text) {
    const next = escaped(character);
    if (shown.length + next.length > longest) return `${shown}... (${text.length} characters)`;
    shown += next;
  }
  return shown;
}

/** Text on one line, with escapes in place of control characters: \n, \u001b. */
export function escaped(text: string): string {
  return text.replace(unprintable, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\r") return "\\r";
    if (character === "\t") return "\\t";
    const code = character.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
  });
}
