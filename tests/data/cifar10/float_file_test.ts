import assert from "node:assert/strict";
import { readFloats, writeFloats } from "../../../lib/data/cifar10/float_file.ts";
import { sharedFloats } from "../../../lib/engine/shared_memory.ts";
import { withFolder } from "../idx/fixture.ts";
import { isUserError } from "../user_error.ts";

Deno.test("float files: what is written is read, into memory that threads can share", () =>
  withFolder(async (dir) => {
    const data = sharedFloats(1001);
    data.forEach((_, i) => data[i] = Math.sqrt(i));
    await writeFloats(`${dir}/a`, data);
    await writeFloats(`${dir}/b`, data.slice(3).subarray(2));
    const a = await readFloats(`${dir}/a`, 1001);
    assert.ok(a.buffer instanceof SharedArrayBuffer);
    assert.deepEqual([...a], [...data]);
    assert.deepEqual([...await readFloats(`${dir}/b`, 996)], [...data.subarray(5)]);
  }));

Deno.test("float files: one of another length, or none, is refused", () =>
  withFolder(async (dir) => {
    await writeFloats(`${dir}/a`, new Float32Array(5));
    const message = /a: expected 24 bytes, got 20; remove its folder to have it made again$/;
    await assert.rejects(readFloats(`${dir}/a`, 6), isUserError(message));
    await assert.rejects(
      readFloats(`${dir}/none`, 6),
      isUserError(/none: expected a file that can/),
    );
  }));
