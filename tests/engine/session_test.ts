import assert from "node:assert/strict";
import { compile } from "../../lib/engine/compile.ts";
import { createSessions } from "../../lib/engine/session.ts";

Deno.test("a session is created when it is first called: what nobody calls costs nothing", async () => {
  const shapes = { x: [2] };
  const good = compile(({ x }) => ({ y: x!.neg() }), shapes);
  const bad = { ...good, bytes: new Uint8Array(3) }; // of which no session can be created
  const { f } = createSessions({ f: { 1: good, 2: bad } }, "cpu");
  const x = Float32Array.of(1, -2);
  assert.deepEqual(f![2]!.inputs, shapes);
  for (const _ of ["created", "there"]) {
    assert.deepEqual((await f![1]!({ x })).y, Float32Array.of(-1, 2));
    await assert.rejects(f![2]!({ x }), /protobuf|model/i);
  }
});
