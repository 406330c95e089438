import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { DamagedError } from "../../lib/files/damage.ts";
import { decodeConfig, encodeConfig, type RunConfig } from "../../lib/jobs/run_config.ts";
import { readConfig } from "../../lib/jobs/run_folder.ts";
import { smallJobs } from "./small_experiment.ts";

const { id, settings } = smallJobs()[0]!;

const finished: RunConfig = {
  id,
  settings,
  profile: "small",
  machine: { cpu: "one", cores: 2 },
  workers: [2, 1],
  status: "done",
  duration_seconds: 1.5,
  finished_at: "2026-01-02T03:04:05.678Z",
  result: { accuracy: 0.75, rho2: 0.1 },
  files: { "model.safetensors": "0123456789abcdef".repeat(4) },
};

const bytesOf = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const decode = (value: unknown) => decodeConfig(bytesOf(value), id, "config.json");

Deno.test("a config is read as it was written, however it is laid out", () => {
  const text = encodeConfig(finished);
  assert.deepEqual(decode(text), finished);
  assert.deepEqual(decode(JSON.stringify(JSON.parse(text))), finished);
  const { finished_at: _at, result: _result, files: _files, ...rest } = finished;
  const running: RunConfig = { ...rest, status: "running" };
  assert.deepEqual(decode(encodeConfig(running)), running);
});

Deno.test("no flipped bit in a finished run's config changes what is read", () => {
  const bytes = bytesOf(encodeConfig(finished));
  const { sha256: _, ...right } = JSON.parse(encodeConfig(finished));
  let refused = 0;
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const copy = bytes.slice();
    copy[bit >> 3]! ^= 1 << (bit & 7);
    try {
      const read = decodeConfig(copy, id, "config.json");
      assert.deepEqual(
        Object.fromEntries(Object.keys(right).map((key) => [key, read[key as keyof RunConfig]])),
        right,
      );
    } catch (error) {
      if (!(error instanceof DamagedError)) throw error;
      assert.doesNotMatch(error.message, /[\n\0]/);
      refused++;
    }
  }
  assert.ok(refused > 6 * bytes.length, `${refused} of ${8 * bytes.length}`);
});

/** What a config says that no run's does. */
const wrong: Readonly<Record<string, object>> = {
  "no id": { id: undefined },
  "another id": { id: "0123456789abcdef" },
  "other settings": { settings: { seed: 1 } },
  "another status": { status: "finished" },
  "a time before it began": { duration_seconds: -1 },
  "no time": { duration_seconds: null },
  "no date": { finished_at: "yesterday" },
  "an end of what is running": { status: "running" },
  "no end": { finished_at: undefined },
  "null results": { result: null },
  "empty results": { result: {} },
  "null accuracy": { result: { accuracy: null } },
  "results of what diverged": { status: "diverged" },
  "workers that are no list": { workers: 2 },
  "no workers": { workers: [] },
  "half a worker": { workers: [0.5] },
  "checksums that are none": { files: { "model.safetensors": "abc" } },
};
for (const [what, change] of Object.entries(wrong)) {
  Deno.test(`a config with ${what} is damaged, also without a checksum`, () => {
    assert.throws(() => decode({ ...finished, ...change }), DamagedError);
  });
}

Deno.test("what is no config is damaged", () => {
  for (const text of ["", "\0\0\0", "null", "[]", "3", "{", "{}", '{"status": "done"}']) {
    assert.throws(() => decode(text), DamagedError, text);
  }
});

Deno.test("the committed runs' configs, which have no checksums, are accepted", async () => {
  let count = 0;
  for (const results of ["paper", "cifar10"]) {
    const runs = new URL(`../../outputs/${results}/runs/`, import.meta.url);
    for await (const { name } of Deno.readDir(runs)) {
      const config = await readConfig(fileURLToPath(new URL(name, runs)), name);
      assert.equal(config!.status, "done");
      count++;
    }
  }
  assert.ok(count > 200);
});
