/** The names of all files below a folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(
    async ({ name, isDirectory }) => isDirectory ? await filesBelow(`${folder}/${name}`) : [name],
  );
  return (await Promise.all(names)).flat().sort();
}
