/**
 * A file's bytes. A pipe or a device is not opened: it would be waited for, or has no end.
 *
 * @throws {Deno.errors.NotFound} when there is no such file.
 * @throws {Error} when it cannot be read, or is no file.
 */
export async function fileBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const { isFile, isDirectory } = await Deno.stat(path);
  if (!isFile && !isDirectory) throw new Error("it is no file but a pipe or a device");
  return await Deno.readFile(path);
}
