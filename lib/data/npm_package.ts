import { createHash } from "node:crypto";
import { excerpt } from "../engine/excerpt.ts";
import { UserError } from "../engine/user_error.ts";
import type { LoadProgress } from "./progress.ts";

/** A version of a package, and the size and checksum of its tarball. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** The bytes of its tarball. */
  readonly size: number;
  /** SHA-512 of its tarball as npm publishes it: base64, without "sha512-" before it. */
  readonly sha512: string;
}

/** How to fetch a package. */
export interface FetchOptions {
  /** The npm client. */
  readonly npm?: string;
  /** Called with the megabytes received so far. */
  readonly onProgress?: LoadProgress;
}

/**
 * Fetches a package's tarball, without its dependencies, from the registry of the user's npm configuration,
 * and compares its checksum.
 *
 * @param folder A folder for the tarball only; after a failure it may hold a part.
 * @returns The tarball's path.
 * @throws {UserError} when there is no npm, npm cannot fetch it, or the tarball is not the published one.
 */
export async function fetchPackage(
  { name, version, size, sha512 }: NpmPackage,
  folder: string,
  { npm = "npm", onProgress = () => {} }: FetchOptions = {},
): Promise<string> {
  const fail = (message: string, cause?: unknown) =>
    new UserError(`downloading ${name} ${version}: expected ${message}`, 1, { cause });
  const output = pack(npm, `${name}@${version}`, folder).catch((error) => {
    throw fail(`Node's package manager npm: ${messageOf(error)}`, error);
  });
  const { success, stderr } = await watching(output, folder, (bytes) => {
    onProgress(
      `downloading ${name} ${version} (MB)`,
      Math.min(megabytes(bytes), megabytes(size)),
      megabytes(size),
    );
  });
  if (!success) {
    throw fail(
      `npm to fetch it from the registry that it is configured with, but it said: ${said(stderr)}`,
    );
  }
  const path = `${folder}/${name}-${version}.tgz`;
  const actual = createHash("sha512").update(await Deno.readFile(path)).digest("base64");
  if (actual !== sha512) throw fail(`a tarball with SHA-512 ${sha512}, got ${actual}`);
  return path;
}

/** Lets npm write a package's tarball into a folder. */
async function pack(npm: string, spec: string, folder: string): Promise<Deno.CommandOutput> {
  // A separate cache grows as the tarball arrives, and is deleted with the folder.
  const places = [`--pack-destination=${folder}`, `--cache=${folder}/npm`];
  const command = new Deno.Command(npm, {
    args: ["pack", spec, "--ignore-scripts", "--loglevel=error", ...places],
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  return await command.output();
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

/** Waits for some work, and meanwhile reports the bytes in a folder. */
async function watching<T>(
  work: Promise<T>,
  folder: string,
  onBytes: (bytes: number) => void,
): Promise<T> {
  onBytes(0);
  const timer = setInterval(() => void bytesBelow(folder).then(onBytes), 200);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** The bytes of a folder's files; files that disappear meanwhile count as 0. */
async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0;
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      bytes += isDirectory ? await bytesBelow(path) : (await Deno.stat(path)).size;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return bytes;
}

/** npm's output, on one line. */
function said(stderr: Uint8Array): string {
  const lines = new TextDecoder().decode(stderr).split("\n")
    .map((line) => line.replace(/^npm (error|ERR!) ?/, "").trim());
  return lines.filter((line) => line && !/complete log|npm warn/i.test(line)).slice(0, 3)
    .map(excerpt).join("; ");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
