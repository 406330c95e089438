import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type End, endOf } from "./commands/command.ts";
import { filesBelow } from "./files_below.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const { name, exports, imports } = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
const permissions = ["--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"];

async function deno(cwd: string, ...args: string[]): Promise<End> {
  const env = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
  return endOf(await new Deno.Command(Deno.execPath(), { args, cwd, env }).output());
}

/** Imports every entry point, given what the package is called, and computes something in two threads. */
function programOf(name: string): string {
  return `import * as dd from "${name}";
import { mlp } from ${JSON.stringify(new URL("../lib/mod.ts", import.meta.url).href)};
import { table1 } from "${name}/plots";
import { readResults } from "${name}/results";

await using engine = await dd.createEngine({ workers: 2 });
const network: dd.Network = mlp([1, 28, 28], 10);
const model: dd.Model = { network, weights: network.init("any") };
const { labels } = await dd.predict(engine, model, new Float32Array(2 * 784));
const { table1: rows } = await readResults(${JSON.stringify(`${root}outputs/paper`)});
console.log(labels.length, table1(rows).html.includes("<table"));
`;
}

/** A folder with a program and a deno.json of its own, which sets no compiler options, and this repository's packages. */
async function project(program: string, settings: object): Promise<string> {
  const folder = await Deno.makeTempDir();
  const own = JSON.stringify({ nodeModulesDir: "manual", ...settings });
  await Deno.writeTextFile(`${folder}/deno.json`, own);
  await Deno.writeTextFile(`${folder}/main.ts`, program);
  await Deno.symlink(`${root}node_modules`, `${folder}/node_modules`);
  return folder;
}

const ways = [
  { title: "`links` in its deno.json", program: programOf(name), settings: { links: [root] } },
  {
    title: "`--config`",
    program: programOf("deep-defense"),
    settings: {},
    args: ["--config", `${root}deno.json`],
  },
];

for (const { title, program, settings, args = [] } of ways) {
  Deno.test(`a project of one's own imports the library by name and by path, with ${title}: types hold, and it runs`, async () => {
    const folder = await project(program, settings);
    const how = ["--quiet", "--check", "--cached-only", "--no-prompt", ...permissions];
    const { code, out, errors } = await deno(folder, "run", ...how, ...args, "main.ts");
    assert.deepEqual({ code, out }, { code: 0, out: "2 true\n" }, errors);
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("an entry point of the package has the same name in this repository", () => {
  for (const [entry, path] of Object.entries(exports)) {
    assert.equal(imports[`deep-defense${entry.slice(1)}`], path);
  }
});

Deno.test("the package can be published: its types are explicit, and all that it needs is in it", async () => {
  const how = ["--dry-run", "--allow-dirty", "--no-check"];
  const { code, errors } = await deno(root, "publish", ...how);
  assert.equal(code, 0, errors);
  const urls = [...errors.matchAll(/^ +(file:.+) \(\S+\)$/gm)].map(([, url]) => url!);
  const files = urls.map((url) => fileURLToPath(url).slice(root.length));
  const others = files.filter((file) => !/^lib\/.*\.ts$/.test(file));
  const expected = ["CHANGELOG.md", "LICENSE", "README.md", "deno.json"];
  const inLib = [
    "lib/README.md",
    "lib/commands/README.md",
    "lib/commands/cluster.md",
    "lib/commands/mpi.md",
    "lib/notebooks/late_outputs.py",
    "lib/notebooks/math_font/README.md",
    "lib/notebooks/math_font/make.py",
    "lib/notebooks/math_font/math_font.woff2",
  ];
  assert.deepEqual(others.sort(), [...expected, ...inLib]);
  assert.ok(files.includes("lib/engine/worker.ts"));
});

Deno.test("deno doc lib/mod.ts says first where to begin, and warns of nothing", async () => {
  const { code, out, errors } = await deno(root, "doc", "lib/mod.ts");
  assert.deepEqual({ code, errors }, { code: 0, errors: "" });
  const [head = "", ...entries] = out.split("\nDefined in ");
  const named = [...head.matchAll(/^- `(\w+)`/gm)].map(([, name]) => name!);
  assert.ok(named.length >= 10 && named.length <= 20, head);
  const defined = entries.join("\n");
  for (const name of named) {
    assert.match(defined, new RegExp(`^(async )?function ${name}[(<]`, "m"));
  }
});

/** What a module exports, as `deno doc --json` tells of it. */
interface Exported {
  readonly name: string;
  readonly declarations: readonly {
    readonly kind: string;
    readonly jsDoc?: { readonly tags?: readonly { readonly kind: string }[] };
    readonly def: {
      readonly properties?: readonly {
        readonly name: string;
        readonly optional?: boolean;
        readonly jsDoc?: { readonly doc?: string };
      }[];
    };
  }[];
}

/** What `deno doc --json` tells of lib/mod.ts. */
interface Documented {
  readonly module_doc: { readonly doc: string };
  readonly symbols: readonly Exported[];
}

let documentation: Promise<Documented> | undefined;

/** What `deno doc --json` tells, asked once. */
function documented(): Promise<Documented> {
  documentation ??= deno(root, "doc", "--quiet", "--json", "lib/mod.ts").then(({ out }) =>
    Object.values<Documented>(JSON.parse(out).nodes)[0]!
  );
  return documentation;
}

Deno.test("every function that the library names to begin with has an example", async () => {
  const module = await documented();
  const named = [...module.module_doc.doc.matchAll(/^- `(\w+)`/gm)].map(([, name]) => name!);
  assert.ok(named.length >= 10);
  const shown = module.symbols
    .filter(({ declarations }) =>
      declarations.some(({ jsDoc }) => jsDoc?.tags?.some(({ kind }) => kind === "example"))
    )
    .map(({ name }) => name);
  assert.deepEqual(named.filter((name) => !shown.includes(name)), []);
});

Deno.test("every option that may be left out says what it is then; callbacks and signals need not", async () => {
  const { symbols } = await documented();
  const options = symbols
    .filter(({ name }) => name.endsWith("Options"))
    .flatMap(({ name, declarations }) =>
      declarations.flatMap(({ def: { properties = [] } }) =>
        properties.filter(({ optional }) => optional).map((one) => ({ ...one, of: name }))
      )
    )
    .filter(({ name }) => !/^on[A-Z]|^signal$/.test(name));
  assert.ok(options.length >= 40);
  const silent = options.filter(({ jsDoc }) => !/unless given/.test(jsDoc?.doc ?? ""));
  assert.deepEqual(silent.map(({ of, name }) => `${of}.${name}`), []);
});

Deno.test("an error that is thrown has its type in braces: @throws {UserError} ...", async () => {
  for (const path of await filesBelow(`${root}lib`)) {
    assert.doesNotMatch(await Deno.readTextFile(path), /@throws (?!\{[\w.| ]+\} [a-z(])/, path);
  }
});

Deno.test("a layer that refuses inputs says which: @throws in its doc comment", async () => {
  for (const path of await filesBelow(`${root}lib/layers`)) {
    const text = await Deno.readTextFile(path);
    assert.ok(!text.includes("new UserError(") || text.includes("@throws"), path);
  }
});
