import assert from "node:assert/strict";
import { UserError } from "../../lib/engine/user_error.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../lib/jobs/checkpoint_file.ts";
import { decodeSafetensors, encodeSafetensors } from "../../lib/networks/safetensors.ts";

const tensor = (...values: number[]) => ({
  shape: [values.length],
  data: Float32Array.from(values),
});
const checkpoint = {
  epoch: 3,
  step: 17,
  weights: { "fc.weight": tensor(1, 2, 3), "fc.bias": tensor(-0.5) },
  velocity: { "fc.weight": tensor(0, 0.25, -1), "fc.bias": tensor(4) },
};
const notes = {
  run_id: "0123456789abcdef",
  rows: 90,
  rows_sha256: "0".repeat(64),
  duration_seconds: 12.25,
};
const bytes = encodeCheckpoint(checkpoint, notes);

Deno.test("a checkpoint is read as it was written", () => {
  assert.deepEqual(decodeCheckpoint(bytes, "here"), { checkpoint, notes });
});

Deno.test("no flipped bit and no cut in a checkpoint changes what is read", () => {
  const refused = (damaged: Uint8Array) => {
    try {
      assert.deepEqual(decodeCheckpoint(damaged, "here"), { checkpoint, notes });
      return 0;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return 1;
    }
  };
  let count = 0;
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const copy = bytes.slice();
    copy[bit >> 3]! ^= 1 << (bit & 7);
    count += refused(copy);
  }
  assert.ok(count > 7 * bytes.length, `${count} of ${8 * bytes.length} flipped bits are seen`);
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(refused(bytes.slice(0, length)), 1);
  }
});

const { weights: tensors, metadata } = decodeSafetensors(bytes, "here");
const { "velocity/fc.bias": bias, ...others } = tensors;
const { sha256: _, ...unsealed } = metadata;

const changed: Readonly<Record<string, Uint8Array>> = {
  "no checksum": encodeSafetensors(tensors, unsealed),
  "another epoch": encodeSafetensors(tensors, { ...metadata, epoch: "4" }),
  "a renamed tensor": encodeSafetensors({ ...others, "velocity/fc.bios": bias! }, metadata),
  "a tensor less": encodeSafetensors(others, metadata),
  "another shape": encodeSafetensors(
    { ...tensors, "weights/fc.weight": { ...tensors["weights/fc.weight"]!, shape: [1, 3] } },
    metadata,
  ),
};
for (const [what, file] of Object.entries(changed)) {
  Deno.test(`a checkpoint with ${what} is damaged`, () => {
    assert.throws(() => decodeCheckpoint(file, "here"), UserError);
  });
}
