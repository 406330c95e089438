import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../../lib/engine/user_error.ts";
import { holderOf, type Lock, takeLock, waitForLock } from "../../lib/files/lock.ts";
import { inNewFolder } from "../jobs/small_experiment.ts";

const lockModule = new URL("../../lib/files/lock.ts", import.meta.url).href;

/** A process that takes a lock and holds it until it ends. */
async function holder(path: string): Promise<Deno.ChildProcess> {
  const code = `const { takeLock } = await import("${lockModule}");
    console.log("holder" in await takeLock(${JSON.stringify(path)}) ? "held" : "taken");
    setInterval(() => {}, 1000);`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", code],
    stdout: "piped",
  }).spawn();
  const { value } = await child.stdout.getReader().read();
  assert.equal(new TextDecoder().decode(value), "taken\n");
  return child;
}

Deno.test("a live process's lock says who holds it; a killed one's is free", async () => {
  await inNewFolder(async (folder) => {
    const path = `${folder}/lock`;
    const child = await holder(path);
    assert.equal(await holderOf(`${folder}/none`), undefined);
    assert.match((await holderOf(path))!, /^process \d+ on /);
    const refused = await takeLock(path);
    assert.ok("holder" in refused);
    assert.match(refused.holder, new RegExp(`^process ${child.pid} on \\S+ since \\d{4}-\\S+Z$`));
    child.kill("SIGKILL");
    await child.status;
    assert.equal(await holderOf(path), undefined);
    (await waitForLock(path))[Symbol.dispose]();
    const taken = await takeLock(path);
    assert.ok(!("holder" in taken));
    taken[Symbol.dispose]();
  });
});

Deno.test("a lock that was let go can be taken again, whatever its file says", async () => {
  await inNewFolder(async (folder) => {
    const path = `${folder}/lock`;
    await Deno.writeTextFile(path, "process 1 on elsewhere since long ago, and some more text\n");
    for (let i = 0; i < 2; i++) {
      const lock = await takeLock(path);
      assert.ok(!("holder" in lock));
      assert.ok((await Deno.readTextFile(path)).startsWith(`process ${Deno.pid} on `));
      assert.equal((await Deno.readTextFile(path)).split("\n").length, 2);
      lock[Symbol.dispose]();
    }
  });
});

/** What comes of taking a lock that another file holds, to which something happens a tenth of a second later. */
async function takenWhileHeld(path: string, happening: (held: Deno.FsFile) => Promise<unknown>) {
  using held = await Deno.open(path, { write: true, create: true });
  await held.lock(true);
  const taken = takeLock(path);
  await delay(100);
  await happening(held);
  return await taken;
}

Deno.test("a new owner that has yet to write its name is named all the same", async () => {
  await inNewFolder(async (folder) => {
    const name = new TextEncoder().encode("process 1 on a machine since now\n");
    const refused = await takenWhileHeld(`${folder}/lock`, (owner) => owner.write(name));
    assert.deepEqual(refused, { holder: "process 1 on a machine since now" });
  });
});

Deno.test("of a held lock's file only a name is repeated", async () => {
  for (const text of ["", "\0\0\0\0", "\x1b[31mred\n", "process 1 on a\nb", "x".repeat(10_000)]) {
    await inNewFolder(async (folder) => {
      const path = `${folder}/lock`;
      const refused = await takenWhileHeld(
        path,
        (owner) => owner.write(new TextEncoder().encode(text)),
      );
      assert.deepEqual(refused, { holder: "another process" });
    });
  }
});

Deno.test("who only looks at a lock keeps nobody from taking it", async () => {
  await inNewFolder(async (folder) => {
    using lock = await takenWhileHeld(`${folder}/lock`, (looker) => looker.unlock()) as Lock;
    assert.ok(!("holder" in lock));
  });
});

Deno.test("a lock whose owner's name finds no room on the disk is one line, and is let go", async () => {
  await inNewFolder(async (folder) => {
    const { writeSync } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.writeSync = () => {
      throw new Error("No space left on device (os error 28)");
    };
    try {
      await assert.rejects(
        takeLock(`${folder}/lock`),
        (error) =>
          error instanceof UserError &&
          /^locking .*\/lock: [^\n]*No space left/.test(error.message),
      );
    } finally {
      Deno.FsFile.prototype.writeSync = writeSync;
    }
    using lock = await takeLock(`${folder}/lock`) as Lock;
    assert.ok(!("holder" in lock));
  });
});

Deno.test("a file system without locks is the user's mistake", async () => {
  const { tryLock } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.tryLock = () => Promise.reject(new Error("not implemented"));
  try {
    await inNewFolder(async (folder) => {
      const says = (error: unknown) =>
        error instanceof UserError &&
        /locking \S+lock: expected a file system with locks .*: not implemented$/.test(
          error.message,
        );
      await assert.rejects(takeLock(`${folder}/lock`), says);
      await assert.rejects(holderOf(`${folder}/lock`), says);
    });
  } finally {
    Deno.FsFile.prototype.tryLock = tryLock;
  }
});

Deno.test("a lock where no file can be written is the user's mistake", async () => {
  await inNewFolder(async (folder) => {
    await assert.rejects(takeLock(`${folder}/none/lock`), UserError);
  });
});
