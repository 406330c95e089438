import { basename } from "node:path";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import type { ImageFile } from "./image_files.ts";
import { imageName } from "./image_types.ts";
import { readLines } from "./text_lines.ts";

/**
 * Reads a list of images and their labels, one image per line: its file's name, with or without the extension, and its label,
 * separated by spaces, tabs or a comma, with or without quotes. A header in the first line is skipped, and a note says so.
 *
 * @param images The images in the list; their names differ.
 * @param onNote Called when there is a header.
 * @returns The label of each image, in the order of `images`.
 * @throws {UserError} when a line has another form, or an image has no line or several.
 */
export async function readLabelList(
  path: string,
  images: readonly ImageFile[],
  onNote: (note: string) => void,
): Promise<string[]> {
  const lines = await readLines(path);
  const places = placesOf(images);
  const header = isHeader(lines[0]!, places) ? 1 : 0;
  if (header) onNote(`${path}: line 1 is read as a header: "${excerpt(lines[0]!)}"`);
  const labels = new Map<number, string>();
  for (const [i, line] of lines.entries()) {
    if (i < header) continue;
    const [place, label] = entryOf(line, places) ?? [];
    if (place === undefined || !label || labels.has(place)) {
      const expected = label
        ? "each file once"
        : `"file class" of images in ${folderOfImages(images)}`;
      throw new UserError(
        `reading ${path}: expected ${expected}, got "${excerpt(line)}" in line ${i + 1}`,
      );
    }
    labels.set(place, label);
  }
  const missing = images.find((_, place) => !labels.has(place));
  if (!missing) return images.map((_, place) => labels.get(place)!);
  throw new UserError(
    `reading ${path}: expected a line for each of the ${images.length} images in ${
      folderOfImages(images)
    }, but there is none for ${missing.path}`,
  );
}

/** The position of each image by its name, and by its name without extension where that is unique. */
function placesOf(images: readonly ImageFile[]): ReadonlyMap<string, number> {
  const names = images.map(({ path }) => basename(path));
  const stems = Map.groupBy(names.keys(), (place) => names[place]!.replace(imageName, ""));
  const single = Array.from(stems).filter(([, places]) => places.length === 1);
  return new Map([
    ...single.map(([stem, [place]]) => [stem, place!] as const),
    ...names.map((name, place) => [name, place] as const),
  ]);
}

/** A line's image, the longest beginning of the line that is an image's name, and its label. */
function entryOf(
  line: string,
  places: ReadonlyMap<string, number>,
): [place: number, label: string] | undefined {
  for (const { index, 0: separator } of [...line.matchAll(/[\s,]+/g)].reverse()) {
    const place = places.get(unquoted(line.slice(0, index)));
    if (place !== undefined) return [place, unquoted(line.slice(index + separator.length))];
  }
  return undefined;
}

/** Whether a line is a header: it has fields, and the first names neither an image nor anything that could be one. */
function isHeader(line: string, places: ReadonlyMap<string, number>): boolean {
  const [name = "", ...more] = line.split(/[\s,]+/).map(unquoted);
  return more.length > 0 && !imageName.test(name) && entryOf(line, places) === undefined;
}

function unquoted(field: string): string {
  return field.replace(/^"(.*)"$/, "$1");
}

/** The folder that images are in, for messages. */
export function folderOfImages(images: readonly ImageFile[]): string {
  return images[0]!.path.replace(/[^/]*$/, "");
}
