import assert from "node:assert/strict";
import { readFile } from "../../lib/engine/read_file.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import {
  makeFolder,
  readIfThere,
  removeIfThere,
  removeParts,
  writeWhole,
} from "../../lib/files/files.ts";
import { inNewFolder } from "../jobs/small_experiment.ts";

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

Deno.test("a file is written whole, over the one that was there, and leaves nothing beside it", async () => {
  await inNewFolder(async (folder) => {
    await writeWhole(`${folder}/a`, "first");
    await writeWhole(`${folder}/a`, new TextEncoder().encode("second"));
    assert.equal(await Deno.readTextFile(`${folder}/a`), "second");
    assert.deepEqual(await namesIn(folder), ["a"]);
  });
});

Deno.test("a file that cannot be put in its place leaves nothing behind", async () => {
  await inNewFolder(async (folder) => {
    await makeFolder(`${folder}/taken`);
    await assert.rejects(
      writeWhole(`${folder}/taken`, "contents"),
      (error) => error instanceof UserError && error.message.startsWith(`writing ${folder}/taken:`),
    );
    assert.deepEqual(await namesIn(folder), ["taken"]);
  });
});

Deno.test("a file is on the disk before it takes its place", async () => {
  const { sync } = Deno.FsFile.prototype;
  const { rename } = Deno;
  const done: string[] = [];
  Deno.FsFile.prototype.sync = async function () {
    await sync.call(this);
    done.push("sync");
  };
  Deno.rename = async (from, to) => {
    await rename(from, to);
    done.push("rename");
  };
  try {
    await inNewFolder((folder) => writeWhole(`${folder}/a`, "contents"));
  } finally {
    Deno.FsFile.prototype.sync = sync;
    Deno.rename = rename;
  }
  assert.deepEqual(done, ["sync", "rename"]);
});

Deno.test("a folder in the way of the temporary name is one line, and stays", async () => {
  await inNewFolder(async (folder) => {
    await makeFolder(`${folder}/a.${Deno.pid}.part/own`);
    await assert.rejects(
      writeWhole(`${folder}/a`, "contents"),
      (error) => error instanceof UserError && /^writing .*\/a: [^\n]*$/.test(error.message),
    );
    await removeParts(folder);
    assert.deepEqual(await namesIn(folder), [`a.${Deno.pid}.part`]);
  });
});

Deno.test("a folder that cannot be made and a file that cannot be read are the user's mistakes", async () => {
  await inNewFolder(async (folder) => {
    await writeWhole(`${folder}/file`, "");
    await assert.rejects(makeFolder(`${folder}/file/below`), UserError);
    await assert.rejects(readIfThere(folder), UserError);
    await makeFolder(`${folder}/full/own`);
    await assert.rejects(removeIfThere(`${folder}/full`), UserError);
  });
});

for (const [given, name] of [[new Uint8Array(9), "Uint8Array"], [undefined, "undefined"]]) {
  Deno.test(`a file is read by its path: ${name} in its place is the user's mistake`, async () => {
    await assert.rejects(readFile(given as unknown as string), {
      name: "UserError",
      message: `reading a file: expected its path as a string, got ${name}`,
    });
  });
}

Deno.test("a missing file is none, and removing it is no mistake", async () => {
  await inNewFolder(async (folder) => {
    assert.equal(await readIfThere(`${folder}/none`), undefined);
    await removeIfThere(`${folder}/none`);
  });
});

Deno.test("only the leavings of killed writers are cleared away", async () => {
  await inNewFolder(async (folder) => {
    for (const name of ["a.arrow.123.part", "a.arrow", "part"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "");
    }
    await removeParts(folder);
    assert.deepEqual(await namesIn(folder), ["a.arrow", "part"]);
  });
});
