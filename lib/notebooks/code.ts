import { codeCells, type Notebook, textOf } from "./notebook.ts";

/** A notebook's code as one module, for the type checker and the linter; every cell follows a comment with its number. */
export function moduleOf(notebook: Notebook): string {
  const cells = codeCells(notebook).map(({ source }, i) =>
    `// code cell ${i + 1}\n${textOf(source)}\n`
  );
  return `${cells.join("\n")}\nexport {};\n`;
}
