import { Readable } from "node:stream";
import { createBrotliDecompress } from "node:zlib";
import { UserError } from "../../lib/engine/user_error.ts";
import { makeOnce } from "../../lib/data/cache.ts";
import { type FetchOptions, fetchPackage, type NpmPackage } from "../../lib/data/npm_package.ts";
import { tarFiles } from "../../lib/data/tar.ts";

/** TensorFlow 1.15 for processors, with a binding for Node: what tfjs-node-gpu otherwise gets from a storage bucket. */
const releases: NpmPackage = {
  name: "tfjs-node-lambda-releases",
  version: "1.6.1",
  size: 194_920_996,
  sha512:
    "D275PZpxsKenTuiPnvIE5T+D5JrT4aU9M3EDCedBQKlP0hUB7011Yzg8CAJ6MBIog9Lq90aaEair4yrBBlk61w==",
};

/** The archive inside the package, and where its files go. */
const archive = "package/nodejs12.x-tf2.7.0.br";
const inArchive = "node_modules/@tensorflow/tfjs-node";
const placesOf: Readonly<Record<string, string>> = {
  [`${inArchive}/deps/lib/libtensorflow.so.1.15.0`]: "libtensorflow.so.1",
  [`${inArchive}/deps/lib/libtensorflow_framework.so.1.15.0`]: "libtensorflow_framework.so.1",
  [`${inArchive}/lib/napi-v6/tfjs_binding.node`]: "tfjs_binding.node",
};

/** The files of {@link tensorflowLibrary}. */
export const libraryFiles: readonly string[] = Object.values(placesOf);

/** Where the package comes from; tests use another one. */
export interface LibraryOptions extends FetchOptions {
  readonly source?: NpmPackage;
}

/**
 * TensorFlow's library for processors, from an npm package that is fetched if it has not been.
 *
 * @param cache The folder to keep it in.
 * @returns The folder of {@link libraryFiles}.
 * @throws {UserError} when the package cannot be fetched, or is not what it should be.
 */
export async function tensorflowLibrary(
  cache: string,
  { source = releases, ...options }: LibraryOptions = {},
): Promise<string> {
  const folder = `${cache}/libtensorflow`;
  await makeOnce(folder, async (unfinished) => {
    const download = `${unfinished}/download`;
    await Deno.mkdir(download);
    await unpack(await fetchPackage(source, download, options), unfinished);
    await Deno.remove(download, { recursive: true });
  });
  return folder;
}

async function unpack(path: string, folder: string): Promise<void> {
  const { readable } = await Deno.open(path);
  const missing = new Map(Object.entries(placesOf));
  for await (const outer of tarFiles(readable.pipeThrough(new DecompressionStream("gzip")), path)) {
    if (outer.name !== archive) continue;
    for await (const { name, bytes } of tarFiles(brotliDecompressed(outer.bytes), path)) {
      const place = missing.get(name);
      if (place) await Deno.writeFile(`${folder}/${place}`, bytes);
      missing.delete(name);
      if (missing.size === 0) return;
    }
  }
  throw new UserError(
    `reading ${path}: expected ${[...missing.keys()][0]} in the package, but there is none`,
  );
}

function brotliDecompressed(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const stream = Readable.from([bytes]).pipe(createBrotliDecompress());
  return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
}
