import assert from "node:assert/strict";
import { createTeam } from "../../lib/engine/team.ts";
import * as tf from "@tensorflow/tfjs";
import {
  createEngine,
  type Engine,
  type EngineOptions,
  type Program,
  type ShapedFunction,
} from "../../lib/engine/engine.ts";
import { shards, shared, sharedFloats } from "../../lib/engine/shared_memory.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { tested, testedBackend } from "./engines.ts";
import type { Part, Scaling } from "./routine.ts";

const owner = {};

function scale(_: object, { length }: { readonly length: number }): ShapedFunction {
  return {
    inputs: { x: [length], factor: [1] },
    fn: ({ x, factor }) => ({ y: tf.mul(x!, factor!) }),
  };
}

function program(name = "scaleRows"): Program<Scaling> {
  return {
    functions: {
      scale: { 2: { make: scale, settings: { length: 2 } } },
    },
    module: import.meta.resolve("./routine.ts"),
    export: name,
    settings: { factor: 3 },
  };
}

function loadScaling(engine: Engine, name?: string) {
  return engine.load<Scaling, Part, Float32Array>(owner, program(name));
}

const engines: EngineOptions[] = [{ workers: 2 }, tested, { backend: "cpu" }];

for (const options of engines) {
  const label = JSON.stringify(options);

  Deno.test(`a program's results come in the order of its arguments: ${label}`, async () => {
    await using engine = await createEngine(options);
    const run = await loadScaling(engine);
    const parts = Array.from(
      { length: engine.workers },
      (_, i) => ({ x: Float32Array.of(i, 1), delay: 20 - 20 * i }),
    );
    const expected = parts.map(({ x }) => x.map((value) => 3 * value));
    assert.deepEqual(await run(parts), expected);
    assert.deepEqual(await run(parts.slice(0, 1)), expected.slice(0, 1));
  });

  Deno.test(`shared memory is read and written in place: ${label}`, async () => {
    await using engine = await createEngine(options);
    const run = await loadScaling(engine);
    const all = sharedFloats(2 * engine.workers).fill(1);
    const parts = shards(engine.workers, engine.workers).map(({ from, to }) => ({
      x: all.subarray(2 * from, 2 * to),
    }));
    await run(parts);
    assert.deepEqual([...all], Array(2 * engine.workers).fill(3));
    all.fill(2);
    await run(parts);
    assert.deepEqual([...all], Array(2 * engine.workers).fill(6));
  });

  Deno.test(`a call waits for the one before it: ${label}`, async () => {
    await using engine = await createEngine(options);
    const run = await loadScaling(engine);
    const x = sharedFloats(2).fill(1);
    const [first, second] = [run([{ x, delay: 20 }]), run([{ x }])];
    assert.deepEqual([[...(await first)[0]!], [...(await second)[0]!]], [[3, 3], [9, 9]]);
  });

  Deno.test(`an error inside a routine reaches the caller: ${label}`, async () => {
    await using engine = await createEngine(options);
    const run = await loadScaling(engine);
    const x = Float32Array.of(1, 2);
    await assert.rejects(async () => await run([{ x, fail: true }]), {
      name: "RangeError",
      message: "scaling a part: expected it to fail",
    });
    assert.deepEqual(await run([{ x }]), [Float32Array.of(3, 6)]);
  });

  Deno.test(`a signal stops all threads between two functions, and the next call computes: ${label}`, async () => {
    await using engine = await createEngine(options);
    const run = await loadScaling(engine);
    const parts = Array.from({ length: engine.workers }, () => ({ x: sharedFloats(2).fill(1) }));
    const interrupt = new AbortController();
    const endless = run(parts.map((part) => ({ ...part, calls: Infinity })), interrupt.signal);
    const queued = run(parts, interrupt.signal);
    setTimeout(() => interrupt.abort(new Error("enough")), 100);
    const outcomes = await Promise.allSettled([endless, queued]);
    assert.deepEqual(outcomes.map((one) => "reason" in one && one.reason.message), [
      "enough",
      "enough",
    ]);
    parts.forEach(({ x }) => assert.ok(x[0]! > 1, "every thread was at work"));
    parts.forEach(({ x }) => x.fill(2));
    const expected = parts.map(() => Float32Array.of(6, 6));
    assert.deepEqual((await run(parts)).map((y) => Float32Array.from(y)), expected);
    await assert.rejects(run(parts, interrupt.signal), /enough/);
  });

  Deno.test(`an error while a routine is set up reaches the caller: ${label}`, async () => {
    await using engine = await createEngine(options);
    await assert.rejects(
      loadScaling(engine, "broken"),
      /setting up a routine: expected it to fail/,
    );
  });
}

Deno.test("a program is loaded once for an owner, and again after it failed", async () => {
  await using engine = await createEngine({ workers: 1 });
  const [first, again] = [await loadScaling(engine), await loadScaling(engine)];
  assert.equal(first, again);
  assert.notEqual(await engine.load({}, program()), first);
  await assert.rejects(loadScaling(engine, "broken"));
  await assert.rejects(loadScaling(engine, "broken"), /setting up a routine/);
});

const changes: Record<string, Program<Scaling>> = {
  "a setting of the routine": { ...program(), settings: { factor: 4 } },
  "a setting that is not finite": { ...program(), settings: { factor: Infinity } },
  "a setting that is not a number": { ...program(), settings: { factor: NaN } },
  "a setting of a function": {
    ...program(),
    functions: { scale: { 2: { make: scale, settings: { length: 3 } } } },
  },
  "a size of a function": {
    ...program(),
    functions: { scale: { 3: { make: scale, settings: { length: 2 } } } },
  },
  "what makes a function": {
    ...program(),
    functions: {
      scale: { 2: { make: () => scale({}, { length: 2 }), settings: { length: 2 } } },
    },
  },
};

for (const [name, changed] of Object.entries(changes)) {
  Deno.test(`a program with another value for ${name} is another one`, async () => {
    await using engine = await createEngine({ workers: 1 });
    const others = Object.values(changes).filter((other) => other !== changed);
    const mine = await engine.load(owner, changed);
    for (const other of [program(), ...others]) {
      assert.notEqual(await engine.load(owner, other), mine);
    }
    assert.equal(await engine.load(owner, changed), mine);
  });
}

for (const backend of [testedBackend, "cpu"] as const) {
  Deno.test(`what is written into an array leaves no copy in memory: ${backend}`, async () => {
    await using engine = await createEngine({ backend, workers: 1 });
    const double = await engine.compile(({ x }) => ({ y: tf.mul(x!, 2) }), { x: [1_000_000] });
    const [x, y] = [new Float32Array(1_000_000).fill(3), new Float32Array(1_000_000)];
    await double({ x }, { y });
    const before = Deno.memoryUsage().external;
    for (let i = 0; i < 8; i++) {
      const outputs = await double({ x }, { y });
      assert.equal(outputs.y, y);
      assert.equal(y.at(-1), 6);
    }
    if (backend === "onnx") assert.ok(Deno.memoryUsage().external - before < 8_000_000);
    const common = sharedFloats(1_000_000);
    assert.equal((await double({ x }, { y: common })).y, common);
    assert.equal(common.at(-1), 6);
  });
}

for (const backend of [testedBackend, "cpu"] as const) {
  Deno.test(`a sum may be written over the array that it adds to, as gradients are: ${backend}`, async () => {
    await using engine = await createEngine({ backend, workers: 1 });
    const add = await engine.compile(
      ({ sum, scaled, a, b }) => ({
        product: tf.add(tf.matMul(a!, b!), sum!),
        twice: tf.add(tf.mul(a!, 2), scaled!),
      }),
      { sum: [2, 2], scaled: [2, 1], a: [2, 1], b: [1, 2] },
    );
    const [a, b] = [Float32Array.of(1, 2), Float32Array.of(3, 5)];
    const [sum, scaled] = [new Float32Array(4), new Float32Array(2)];
    for (const times of [1, 2, 3]) {
      await add({ sum, scaled, a, b }, { product: sum, twice: scaled });
      assert.deepEqual([...sum], [3, 5, 6, 10].map((product) => times * product));
      assert.deepEqual([...scaled], [2, 4].map((twice) => times * twice));
    }
  });
}

for (const backend of [testedBackend, "cpu"] as const) {
  Deno.test(`the numbers of a result are not gone through one by one: ${backend}`, async () => {
    await using engine = await createEngine({ backend, workers: 1 });
    const double = await engine.compile(({ x }) => ({ y: tf.mul(x!, 2) }), { x: [2] });
    let visits = 0;
    const y = Object.defineProperty(new Float32Array(2), "visited", {
      enumerable: true,
      get: () => visits++,
    });
    await double({ x: Float32Array.of(1, 2) }, { y });
    assert.deepEqual([...y, visits], [2, 4, 0]);
  });
}

Deno.test("an engine says what it runs on", async () => {
  await using onnx = await createEngine({ workers: 2 });
  await using cpu = await createEngine({ backend: "cpu", workers: 5 });
  assert.deepEqual([onnx.backend, onnx.device, onnx.workers], ["onnx", "cpu", 2]);
  assert.deepEqual([cpu.backend, cpu.device, cpu.workers], ["cpu", "cpu", 1]);
});

Deno.test("an engine that was disposed of, once or twice, refuses to run", async () => {
  for (const options of engines) {
    const engine = await createEngine(options);
    const run = await loadScaling(engine);
    await engine[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    await assert.rejects(run([{ x: new Float32Array(2) }]), /disposed of/);
  }
});

const refusals: [options: EngineOptions, message: RegExp][] = [
  [{ workers: 0 }, /^creating an engine: expected 1 to 256 workers, got 0$/],
  [{ workers: 1.5 }, /^creating an engine: expected 1 to 256 workers, got 1.5$/],
  [{ workers: 999 }, /^creating an engine: expected 1 to 256 workers, got 999$/],
  [
    { workers: 1, device: "cuda" },
    /^creating an engine: expected onnxruntime's cuda provider, which could not be loaded here \(.+\)$/,
  ],
  [
    { backend: "cpu", device: "webgpu" },
    /^creating an engine: expected the backend onnx for the device webgpu, got cpu$/,
  ],
];

if (testedBackend !== "tensorflow") {
  const message = /^creating an engine: .*`deno task setup:gpu` installs it$/;
  refusals.push([{ backend: "tensorflow" }, message]);
}

for (const [options, message] of refusals) {
  Deno.test(`an engine that cannot be had is one line: ${JSON.stringify(options)}`, async () => {
    await assert.rejects(createEngine(options), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, message);
      assert.equal(error.message.split("\n").length, 1);
      return true;
    });
  });
}

Deno.test("shards cover all rows once, as equally as possible", () => {
  for (const [rows, workers] of [[5, 2], [1, 3], [0, 3], [7, 7], [100, 3]] as const) {
    const parts = shards(rows, workers);
    const covered = parts.flatMap(({ from, to }) =>
      Array.from({ length: to - from }, (_, i) => from + i)
    );
    assert.deepEqual(covered, Array.from({ length: rows }, (_, i) => i));
    assert.equal(parts.length, Math.min(rows, workers));
    const lengths = parts.map(({ from, to }) => to - from);
    assert.ok(rows === 0 || Math.max(...lengths) - Math.min(...lengths) <= 1);
  }
});

Deno.test("shared copies an array once", () => {
  const own = Float32Array.of(1, 2);
  const copy = shared(own);
  assert.ok(copy.buffer instanceof SharedArrayBuffer);
  assert.deepEqual([...copy], [1, 2]);
  assert.equal(shared(copy), copy);
});

Deno.test("asking an engine that was disposed of fails, and so does what it was still computing", async () => {
  const team = createTeam(1);
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const call = { kind: "call", program: 0, args: null, stop } as const;
  const pending = team.ask(0, call);
  team[Symbol.dispose]();
  await assert.rejects(pending, /disposed of/);
  await assert.rejects(team.ask(0, call), /disposed of/);
  await assert.rejects(team.ask(1, call), /index below 1, got 1/);
});

Deno.test("a program that cannot be traced is refused when it is loaded, and not thrown at once", async () => {
  await using engine = await createEngine({ workers: 1 });
  const untraceable = () => {
    throw new RangeError("making a function: expected it to fail");
  };
  const functions = { scale: { 2: { make: untraceable, settings: {} } } };
  const loading = engine.load(owner, { ...program(), functions });
  await assert.rejects(loading, RangeError);
});
