import { createHash } from "node:crypto";
import { excerpt } from "../engine/excerpt.ts";
import { fileBytes } from "../engine/read_file.ts";
import { UserError } from "../engine/user_error.ts";

/** A notebook file's contents, nbformat 4. */
export interface Notebook {
  readonly cells: readonly Cell[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly nbformat: 4;
  readonly nbformat_minor: number;
}

/** A cell of a notebook. Its text is one string or its lines, each with its line break. */
export interface Cell {
  readonly id: string;
  readonly cell_type: "markdown" | "code" | "raw";
  readonly source: string | readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The outputs of running it (code cells only). */
  readonly outputs?: readonly Output[];
  /** The execution count (code cells only). */
  readonly execution_count?: number | null;
}

/** An output of a code cell. */
export interface Output {
  readonly output_type: "stream" | "display_data" | "execute_result" | "error";
  /** The content in several media types, of `display_data` and `execute_result`. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Of a `stream`. */
  readonly name?: string;
  /** Of a `stream`. */
  readonly text?: string | readonly string[];
  /** Of an `error`. */
  readonly ename?: string;
  /** The message (`error` only). */
  readonly evalue?: string;
  readonly [key: string]: unknown;
}

/** The media type of Plotly's figures. */
export const plotlyType = "application/vnd.plotly.v1+json";

/**
 * Reads a notebook file.
 *
 * @throws {UserError} when it is not a notebook, or not in nbformat 4.
 */
export async function readNotebook(path: string): Promise<Notebook> {
  const came = await parse(path);
  if (came?.nbformat !== 4) {
    throw new UserError(
      `reading ${path}: expected a notebook of nbformat 4, got nbformat ${
        excerpt(`${JSON.stringify(came?.nbformat)}`)
      }`,
    );
  }
  const { cells, metadata, nbformat_minor } = came;
  if (!Array.isArray(cells) || !isRecord(metadata) || !Number.isInteger(nbformat_minor)) {
    throw new UserError(`reading ${path}: expected a notebook with cells and metadata, got others`);
  }
  const wrong = cells.findIndex((cell) => !isCell(cell));
  if (wrong < 0) return came as unknown as Notebook;
  throw new UserError(
    `reading ${path}: expected a markdown, code or raw cell as cell ${wrong + 1}, got ${
      excerpt(JSON.stringify(cells[wrong]))
    }`,
  );
}

async function parse(path: string): Promise<Record<string, unknown> | null> {
  try {
    return JSON.parse(new TextDecoder().decode(await fileBytes(path)));
  } catch (error) {
    throw new UserError(
      `reading ${path}: expected a notebook: ${excerpt((error as Error).message)}`,
      1,
      { cause: error },
    );
  }
}

/** Whether a value has a cell's parts. */
function isCell(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { id, cell_type, source, metadata, outputs = [], execution_count = null } = value;
  return typeof id === "string" && ["markdown", "code", "raw"].includes(cell_type as string) &&
    isText(source) && isRecord(metadata) && Array.isArray(outputs) && outputs.every(isOutput) &&
    (execution_count === null || Number.isInteger(execution_count));
}

/** Whether a value has an output's parts. */
function isOutput(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { output_type, name, text, data } = value;
  if (output_type === "stream") return typeof name === "string" && isText(text);
  if (output_type === "error") return true;
  return ["display_data", "execute_result"].includes(output_type as string) && isRecord(data) &&
    Object.entries(data).every(([type, content]) =>
      type === plotlyType ? isRecord(content) : /\bjson$/.test(type) || isText(content)
    );
}

function isText(value: unknown): boolean {
  return typeof value === "string" ||
    Array.isArray(value) && value.every((line) => typeof line === "string");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A notebook as text in Jupyter's layout, with one line of source per line. */
export function encodeNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({ ...cell, source: lines(textOf(cell.source)) }));
  return `${JSON.stringify({ ...notebook, cells }, null, 1)}\n`;
}

/** Lines with their line breaks. */
function lines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The text of a cell or an output. */
export function textOf(source: string | readonly string[] = ""): string {
  return typeof source === "string" ? source : source.join("");
}

/** The code cells in order. */
export function codeCells({ cells }: Notebook): Cell[] {
  return cells.filter(({ cell_type }) => cell_type === "code");
}

/** SHA-256 of all code, in hexadecimal, to compare outputs with their code. */
export function sourcesHash(notebook: Notebook): string {
  const sources = codeCells(notebook).map(({ source }) => textOf(source));
  return createHash("sha256").update(JSON.stringify(sources)).digest("hex");
}
