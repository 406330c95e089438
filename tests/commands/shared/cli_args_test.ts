import assert from "node:assert/strict";
import {
  closest,
  type Given,
  parseCommand,
  type StdCli,
} from "../../../lib/commands/shared/cli_args.ts";
import { UserError } from "../../../lib/engine/user_error.ts";

const flags = {
  values: ["out", "seed", "network", "slurm"],
  switches: ["list", "json"],
  passedOn: ["slurm"],
};

/** What @std/cli does with the arguments that it is given here: it makes numbers of words that look like some. */
const stdCli: StdCli = {
  parseArgs(args) {
    const end = args.indexOf("--");
    const given = args.slice(0, end).map((arg) => /^--([^=]+)(?:=(.*))?$/s.exec(arg)!);
    const words = args.slice(end + 1).map((word) => /^\d+$/.test(word) ? Number(word) : word);
    const named = given.map(([, name, value]) => [name, value ?? true] as const);
    return Object.assign(Object.fromEntries(named), { _: words });
  },
};
const libraries = { "@std/cli": stdCli, "node:util": undefined };

const understood: readonly (readonly [string, string[], Partial<Given>])[] = [
  ["nothing", [], {}],
  ["values after a space and an =", ["--out", "a", "--seed=1"], {
    values: { out: "a", seed: "1" },
  }],
  ["a value with = in it", ["--out=a=b"], { values: { out: "a=b" } }],
  ["a value with a line break", ["--out", "a\nb"], { values: { out: "a\nb" } }],
  ["a value that begins with a dash", ["--seed", "-1"], { values: { seed: "-1" } }],
  ["options of another program", ["--slurm", "--time=1 --mem=1G"], {
    values: { slurm: "--time=1 --mem=1G" },
  }],
  ["no options of another program", ["--slurm", ""], { values: { slurm: "" } }],
  ["a list", ["--network", "mlp,lenet"], { values: { network: "mlp,lenet" } }],
  ["switches", ["--list"], { switches: { list: true, json: false } }],
  ["a word after a switch", ["--json", "true"], {
    switches: { list: false, json: true },
    words: ["true"],
  }],
  ["words between flags", ["one", "--out", "a", "2"], {
    values: { out: "a" },
    words: ["one", "2"],
  }],
];
const none: Given = { values: {}, switches: { list: false, json: false }, words: [] };

const refused: readonly (readonly [string, string[], string])[] = [
  ["an unknown flag", ["--sead", "1"], "expected a known flag, got --sead; did you mean --seed?"],
  ["one with a value", ["--ouf=a"], "expected a known flag, got --ouf; did you mean --out?"],
  ["a short flag", ["-list"], "expected a known flag, got -list; did you mean --list?"],
  [
    "a flag that is like none",
    ["--verbose"],
    "expected a known flag, got --verbose; --help names all",
  ],
  ["a value that is missing", ["--seed"], "expected a value after --seed, got none"],
  ["a flag for a value", ["--out", "--json"], "expected a value after --out, got --json"],
  [
    "a flag for another program's options",
    ["--slurm", "--json"],
    "expected a value after --slurm, got --json",
  ],
  [
    "another program's options that are missing",
    ["--slurm"],
    "expected a value after --slurm, got none",
  ],
  ["an empty value", ["--out="], "expected a value after --out, got none"],
  ["a switch's value", ["--json=yes"], "expected --json without a value, got --json=yes"],
  [
    "a flag that comes twice",
    ["--seed", "0", "--seed", "1"],
    "expected --seed once, got it again; commas separate several values",
  ],
];

for (const [library, std] of Object.entries(libraries)) {
  const parse = (args: readonly string[]) => parseCommand(args, flags, () => Promise.resolve(std));

  for (const [what, args, expected] of understood) {
    Deno.test(`${library} understands ${what}`, async () => {
      assert.deepEqual(await parse(args), { ...none, ...expected });
    });
  }

  for (const [what, args, message] of refused) {
    Deno.test(`with ${library}, ${what} is a mistake of usage`, async () => {
      await assert.rejects(parse(args), (error) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.exitCode, 2);
        assert.equal(error.message, `reading the arguments: ${message}`);
        return true;
      });
    });
  }
}

Deno.test("an error of the library's own is not taken for a missing library", async () => {
  const broken = () => Promise.reject(new SyntaxError("broken"));
  await assert.rejects(parseCommand([], flags, broken), SyntaxError);
});

for (
  const [name, meant] of [
    ["mpl", "mlp"],
    ["ml", "mlp"],
    ["le-net", "lenet"],
    ["lenett", "lenet"],
    ["deepdefense", "deep_defense"],
    ["deep_deefnse", "deep_defense"],
    ["refrence", "reference"],
    ["reference", "reference"],
    ["", undefined],
    ["pgd", undefined],
    ["vgg16", undefined],
    ["magic", undefined],
    ["transformer", undefined],
  ] as const
) {
  Deno.test(`${name || "nothing"} is near to ${meant ?? "no name"}`, () => {
    assert.equal(closest(name, ["mlp", "lenet", "deep_defense", "reference"]), meant);
  });
}
