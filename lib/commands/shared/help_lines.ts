/** The column where a flag's explanation begins. */
const indent = 22;

/** The longest line of a help text, in characters. */
const width = 112;

/** A help text with its paragraphs and explanations broken into lines anew, whatever names and defaults were filled in. */
export function helpLines(text: string): string {
  const joined = text.replaceAll(/(?<=\S)\n(?=\S)/g, " ").replaceAll(/\n {22}(?=\S)/g, " ");
  return joined.split("\n").map(wrapped).join("\n");
}

function wrapped(line: string): string {
  if (line.length <= width) return line;
  const column = line.startsWith("  --") ? indent : line.search(/\S/);
  const end = line.lastIndexOf(" ", width);
  if (end <= column) return line;
  return `${line.slice(0, end)}\n${wrapped(" ".repeat(column) + line.slice(end + 1))}`;
}
