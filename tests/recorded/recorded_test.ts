import assert from "node:assert/strict";
import { sharedEngine } from "../shared_engine.ts";
import { cases } from "./cases.ts";
import { summarize, type Summary } from "./summary.ts";

/** On the machine that recorded.json was made on, bits can be compared. */
const sameBits = Deno.env.get("DEEP_DEFENSE_SAME_BITS") !== undefined;

const recorded: Record<string, Record<string, Summary>> = JSON.parse(
  await Deno.readTextFile(new URL("./recorded.json", import.meta.url)),
);

Deno.test("every recorded case is still there", () => {
  assert.deepEqual(cases.map(({ name }) => name).sort(), Object.keys(recorded).sort());
});

for (const { name, run } of cases) {
  Deno.test(`${name}: results are the recorded ones`, async () => {
    const engine = await sharedEngine(2);
    const summaries = summarize(await run(engine));
    for (const [array, expected] of Object.entries(recorded[name]!)) {
      const actual = summaries[array];
      assert.ok(actual, `expected ${array}, got ${Object.keys(summaries)}`);
      assert.equal(actual.length, expected.length);
      if (sameBits) assert.equal(actual.sha256, expected.sha256, `the bits of ${array}`);
      const scale = expected.norm / Math.sqrt(expected.length);
      assertNear([actual.norm], [expected.norm], 1e-4 * expected.norm, array);
      assertNear(actual.sample, expected.sample, 1e-3 * scale, array);
    }
  });
}

function assertNear(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
  what: string,
) {
  actual.forEach((value, i) =>
    assert.ok(
      Math.abs(value - expected[i]!) <= tolerance + 1e-12,
      `${what}: expected ${expected[i]} within ${tolerance}, got ${value}`,
    )
  );
}
