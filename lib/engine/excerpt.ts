/** The longest excerpt, in characters. */
const longest = 80;

/** What would break a line, move the cursor or reorder what stands around it. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text that came from outside (a file's contents, a header, a file's name, what another program said) as a message shows it: on
 * one line, control characters escaped, and only the beginning of a long text, with its length.
 */
export function excerpt(text: string): string {
  if (text.length <= longest) return escaped(text);
  const cut = text.slice(0, longest).replace(/[\ud800-\udbff]$/, ""); // not half of a pair
  return `${escaped(cut)}... (${text.length} characters)`;
}

/** Text with escapes in place of control characters: \n, \u001b. It has one line. */
export function escaped(text: string): string {
  return text.replace(unprintable, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\r") return "\\r";
    if (character === "\t") return "\\t";
    const code = character.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
  });
}
