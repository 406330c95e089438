import assert from "node:assert/strict";

const root = new URL("../", import.meta.url);

/** Every folder of lib/ and the level it stands on; files in lib/ itself have their own. */
const levels: Readonly<Record<string, number>> = {
  engine: 0,
  files: 1,
  layers: 1,
  summaries: 1,
  mpi: 1,
  data: 2,
  networks: 3,
  losses: 3,
  compute: 4,
  attacks: 5,
  metrics: 6,
  defenses: 6,
  training: 7,
  defend: 8,
  jobs: 8,
  "mod.ts": 9,
  experiments: 9,
  results: 10,
  plots: 11,
  notebooks: 12,
  commands: 13,
  "cli.ts": 14,
};

async function* sources(folder: URL, names = /\.ts$/): AsyncGenerator<URL> {
  for await (const entry of Deno.readDir(folder)) {
    const url = new URL(entry.name + (entry.isDirectory ? "/" : ""), folder);
    if (entry.isDirectory) yield* sources(url, names);
    else if (names.test(entry.name)) yield url;
  }
}

function levelOf(url: URL): number {
  const [first = ""] = url.href.slice(new URL("lib/", root).href.length).split("/");
  const level = levels[first];
  assert.ok(level !== undefined, `expected a level for lib/${first}`);
  return level;
}

function folderOf(url: URL): string {
  return url.href.slice(new URL("lib/", root).href.length).split("/")[0]!;
}

async function importsOf(url: URL): Promise<string[]> {
  const text = await Deno.readTextFile(url);
  return [
    ...text.matchAll(
      /^(?:import|export)[^"]*?from "([^"]+)"|^import "([^"]+)"|new URL\("(\.[^"]+\.ts)"/gms,
    ),
  ]
    .map((match) => match[1] ?? match[2] ?? match[3]!);
}

Deno.test("imports in lib/ go to lower levels or stay inside a folder", async () => {
  let count = 0;
  for await (const url of sources(new URL("lib/", root))) {
    for (const specifier of (await importsOf(url)).filter((one) => one.startsWith("."))) {
      const target = new URL(specifier, url);
      count++;
      assert.ok(
        folderOf(target) === folderOf(url) || levelOf(target) < levelOf(url),
        `${url.href} imports ${specifier}`,
      );
    }
  }
  assert.ok(count > 100);
});

Deno.test("no files in lib/ import each other in a circle", async () => {
  const done = new Set<string>();
  const visit = async (url: URL, from: readonly string[]): Promise<void> => {
    assert.ok(!from.includes(url.href), [...from, url.href].join(" imports "));
    if (done.has(url.href)) return;
    const imported = (await importsOf(url)).filter((one) => /^\.[^"]*\.ts$/.test(one));
    for (const specifier of imported) await visit(new URL(specifier, url), [...from, url.href]);
    done.add(url.href);
  };
  for await (const url of sources(new URL("lib/", root))) await visit(url, []);
  assert.ok(done.size > 100);
});

Deno.test("CONTRIBUTING's map has every folder of lib/ and its level", async () => {
  const text = await Deno.readTextFile(new URL("CONTRIBUTING.md", root));
  const rows = [...text.matchAll(/^\| `([\w.]+)\/?` .*\| (\d+) +\|$/gm)];
  assert.deepEqual(
    Object.fromEntries(rows.map(([, name, level]) => [name, Number(level)])),
    levels,
  );
});

Deno.test("the files that the pages name and link to are there", async () => {
  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    "lib/README.md",
    "lib/commands/README.md",
    "lib/commands/mpi.md",
    "lib/commands/cluster.md",
    "outputs/README.md",
    "outputs/bench/README.md",
    "data/README.md",
  ];
  for (const page of pages) {
    const url = new URL(page, root);
    const text = await Deno.readTextFile(url);
    const inLib = [...text.matchAll(/^\| `([\w/]+\.ts)` /gm)].map(([, path]) => `lib/${path}`);
    const whole = [...text.matchAll(/`((?:lib|tests)\/[\w/.]+)`/g)].map(([, path]) => path!);
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, path]) => path!);
    for (const path of [...inLib, ...whole]) await Deno.stat(new URL(path, root));
    for (const path of links) await Deno.stat(new URL(path, url));
  }
});

Deno.test("routines and what they import know no TensorFlow.js: worker threads stay small", async () => {
  const seen = new Set<string>();
  const visit = async (url: URL): Promise<void> => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    const text = (await Deno.readTextFile(url)).replace(/^import type[^;]*;/gms, "");
    assert.doesNotMatch(text, /from "@tensorflow/, url.href);
    for (const [, specifier] of text.matchAll(/from "(\.[^"]+)"/g)) {
      await visit(new URL(specifier!, url));
    }
  };
  let routines = 0;
  for await (const url of sources(new URL("lib/", root))) {
    if (!/_routine\.ts$|engine\/worker\.ts$/.test(url.href)) continue;
    routines++;
    await visit(url);
  }
  assert.ok(routines >= 5);
});

Deno.test("only the command line and tests use jobs/, experiments/ and plots/: the public API does not", async () => {
  for (const specifier of await importsOf(new URL("lib/mod.ts", root))) {
    assert.doesNotMatch(specifier, /jobs|experiments|results|plots/);
  }
});

Deno.test("engine/onnxruntime.ts alone imports onnxruntime: code, tests, benchmarks and notebooks", async () => {
  const importers: string[] = [];
  for (const folder of ["lib/", "tests/", "notebooks/"]) {
    for await (const url of sources(new URL(folder, root), /\.(ts|js|mjs|ipynb)$/)) {
      const text = await Deno.readTextFile(url);
      if (/["'`](npm:)?\/?onnxruntime-/.test(text)) {
        importers.push(url.href.slice(root.href.length));
      }
    }
  }
  assert.deepEqual(importers, ["lib/engine/onnxruntime.ts"]);
});

Deno.test("tasks keep Deno from looking for new versions of itself and for packages", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const commands = (Object.values(tasks) as { command: string }[]).map(({ command }) => command);
  const programs = commands.filter((command) => /deno (run|test) /.test(command));
  assert.ok(programs.length >= 7);
  for (const command of programs) {
    assert.match(
      command,
      /^DENO_NO_UPDATE_CHECK=1 (DENO_JOBS=\$\(.*?\) )?deno (run|test) --quiet --cached-only /,
    );
  }
});

Deno.test("no path is taken from the path name of a URL, where spaces and other letters are escaped", async () => {
  for (const folder of ["lib/", "tests/", "notebooks/"]) {
    for await (const url of sources(new URL(folder, root), /\.(ts|ipynb)$/)) {
      assert.doesNotMatch(await Deno.readTextFile(url), /\bpath(?:name)\b/, url.href);
    }
  }
});

Deno.test("training imports nothing of attacks", async () => {
  for await (const url of sources(new URL("lib/training/", root))) {
    for (const specifier of await importsOf(url)) {
      assert.doesNotMatch(specifier, /attacks/, `${url.href} imports ${specifier}`);
    }
  }
});

Deno.test("no folder holds more than 25 files", async () => {
  const counts = new Map<string, number>();
  for await (const url of sources(new URL("lib/", root))) {
    const parent = new URL(".", url).href;
    counts.set(parent, (counts.get(parent) ?? 0) + 1);
  }
  assert.ok(counts.size > 25);
  for (const [folder, count] of counts) assert.ok(count <= 25, `${folder} holds ${count} files`);
});

Deno.test("no function is longer than 60 lines", async () => {
  for await (const url of sources(new URL("lib/", root))) {
    const text = await Deno.readTextFile(url);
    // `deno fmt` ends what begins at the margin with a line that begins with its closing bracket.
    for (
      const [body] of text.matchAll(
        /^(export )?(async )?(function\*? |const \w+[^\n=]* = (async )?[(<])[^\n]*[^;\n]\n(.*?\n)*?[})\]]+;?$/gm,
      )
    ) {
      const lines = body.split("\n").length;
      assert.ok(lines <= 61, `${url.href}: ${body.split("\n")[0]} has ${lines} lines`);
    }
  }
});
