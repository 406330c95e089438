import { datasets } from "../../data/datasets.ts";

/** The column where a flag's explanation begins. */
const indent = 22;

/** The longest line of a help text, in characters. */
const width = 112;

/** What `--dataset` takes. */
export const datasetHelp: string = datasets.map(({ help }) => help).join("; ");

/** What `--dataset` takes, without explanations. */
export const datasetForms: string = new Intl.ListFormat("en-GB", { type: "disjunction" })
  .format(datasets.flatMap(({ forms }) => forms));

/** A flag's explanation in lines, for `--help`. */
export function wrapped(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && indent + line.length <= width) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
