/** A fold's beginning with its summary, or its end, on lines of their own. */
const pattern = /^(<details>\s*<summary>.*<\/summary>|<\/details>)$/gm;

/** Markdown with a paragraph of its own in place of every mark of a fold, and each paragraph's mark. */
export interface WithoutFolds {
  readonly text: string;
  readonly marks: ReadonlyMap<string, string>;
}

/**
 * Takes the marks of `<details>` out of markdown: nbconvert would show what is between them as it is written.
 * Notebooks read it as markdown, too.
 */
export function withoutFolds(markdown: string): WithoutFolds {
  const marks = new Map<string, string>();
  const text = markdown.replaceAll(pattern, (mark) => {
    const token = `fold${crypto.randomUUID().replaceAll("-", "")}`;
    marks.set(token, mark);
    return `\n${token}\n`;
  });
  return { text, marks };
}
