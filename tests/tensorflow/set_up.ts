import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { cacheFolder, isThere, makeOnce } from "../../lib/data/cache.ts";
import type { LoadProgress } from "../../lib/data/progress.ts";
import { excerpt } from "../../lib/engine/excerpt.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { readIfThere, removeFolder } from "../../lib/files/files.ts";
import { libraryFiles, tensorflowLibrary } from "./library.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Sets up the backend `tensorflow` for processors, once, below data/cache/: this project's packages and
 * tfjs-node-gpu, as `deno task setup:gpu` installs them, and TensorFlow's library from npm.
 *
 * @returns The configuration file to run Deno with.
 * @throws {UserError} when npm cannot be reached, or gives something else.
 */
export async function setUpTensorflow(onProgress: LoadProgress): Promise<string> {
  const library = await tensorflowLibrary(cacheFolder, { onProgress });
  const folder = `${cacheFolder}/tensorflow`;
  const path = `${folder}/deno.json`;
  const contents = JSON.stringify(configuration(), null, 2);
  const known = new TextDecoder().decode(await readIfThere(path));
  if (await isThere(folder) && known !== contents) await removeFolder(folder); // of other packages
  await makeOnce(folder, async (unfinished) => {
    await Deno.writeTextFile(`${unfinished}/deno.json`, contents);
    await Deno.copyFile(`${root}/deno.lock`, `${unfinished}/deno.lock`);
    await install(unfinished);
    await addLibrary(`${unfinished}/node_modules/${tfjsNode}`, library);
  });
  return path;
}

const tfjsNode = "@tensorflow/tfjs-node-gpu";

/** This project's configuration for a folder below data/cache/, with tfjs-node-gpu. */
function configuration() {
  const { nodeModulesDir, imports, compilerOptions } = config;
  const seenFromThere = Object.entries(imports).map(([name, place]) =>
    [name, place.replace(/^\.\//, "../../../")] as const
  );
  return {
    nodeModulesDir,
    imports: { ...Object.fromEntries(seenFromThere), [tfjsNode]: `npm:${tfjsNode}@4.22.0` },
    compilerOptions,
  };
}

/** Installs the packages, and runs none of their scripts. */
async function install(folder: string): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet", "--config", `${folder}/deno.json`],
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdout: "null",
  });
  const { success, stderr } = await command.output();
  if (success) return;
  const said = new TextDecoder().decode(stderr).trim().replace(/^error: /, "").split("\n")[0]!;
  throw new UserError(
    `installing ${tfjsNode}: expected Deno to fetch it from npm, but it said: ${excerpt(said)}`,
  );
}

/** Puts the library where the package's own script would put it. */
async function addLibrary(packageFolder: string, library: string): Promise<void> {
  const [libraries, binding] = [`${packageFolder}/deps/lib`, `${packageFolder}/lib/napi-v8`];
  await Deno.mkdir(libraries, { recursive: true });
  await Deno.mkdir(binding, { recursive: true });
  for (const file of libraryFiles) {
    await Deno.link(
      `${library}/${file}`,
      `${file.endsWith(".node") ? binding : libraries}/${file}`,
    );
  }
}
