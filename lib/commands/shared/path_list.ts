import { existsSync, statSync } from "node:fs";
import { userPath } from "./user_path.ts";

/**
 * The absolute paths in a list that is separated by commas. A comma may be part of a path: where several parts joined are a file that is
 * there, they are one path (`hardened/lambda=5,c=15/hardened.onnx`).
 */
export function pathsIn(text: string): string[] {
  const parts = text.split(",");
  const paths: string[] = [];
  for (let from = 0; from < parts.length;) {
    const ends = parts.slice(from).map((_, i) => from + i + 1);
    const path = (end: number) => userPath(parts.slice(from, end).join(","));
    const to = ends.find((end) => isFile(path(end))) ?? from + 1;
    paths.push(path(to));
    from = to;
  }
  return paths;
}

/** Whether a path is a file's: the folder `hardened/lambda=5` does not end the path of `hardened/lambda=5,c=15/hardened.onnx`. */
function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
