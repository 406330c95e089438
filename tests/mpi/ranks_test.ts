import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { UserError } from "../../lib/engine/user_error.ts";
import { loadLibrary } from "../../lib/mpi/library.ts";
import { orEndAll } from "../../lib/mpi/or_end_all.ts";
import { threadsOfRank } from "../../lib/mpi/threads_of_rank.ts";
import { startedRanks } from "../../lib/mpi/with_ranks.ts";
import { commandOf, endOf, mistake, run } from "../commands/command.ts";
import { withFolder } from "../data/idx/fixture.ts";
import { isWithoutMpi, killRank, startRanks } from "./mpirun.ts";

const examples = fileURLToPath(new URL("../examples/from_pytorch", import.meta.url));

/** Enough that the training takes some seconds: a signal has to arrive before its end. */
const epochs = 40;

/** What the line says that tells of the signal. */
const interrupted = `^interrupted in epoch \\d+ of ${epochs} after step \\d`;

const defend = (out: string, workers: number) => [
  "defend",
  "--model",
  `${examples}/net.onnx`,
  "--dataset",
  `tensors:${examples}/images.safetensors`,
  "--out",
  out,
  "--workers",
  `${workers}`,
  "--batch",
  "20",
  "--learning-rate",
  "3e-4",
  "--epochs",
  `${epochs}`,
  "--images",
  "20",
];

/** Runs the training on two ranks, does something to it once its state has been written again, and waits for its end. */
async function disturbed(out: string, disturb: (mpirun: Deno.ChildProcess) => Promise<void>) {
  const written = () =>
    Deno.stat(`${out}/state.safetensors`).then(({ mtime }) => mtime?.getTime(), () => undefined);
  const before = await written();
  const mpirun = startRanks(commandOf(defend(out, 1)));
  const end = mpirun.output().then(endOf);
  let isOver = false;
  end.then(() => isOver = true);
  while (!isOver && [before, undefined].includes(await written())) await delay(2);
  await disturb(mpirun);
  return await end;
}

Deno.test({
  name:
    "two ranks train and attack as one process with two workers does, resume from its checkpoints, and pass errors and signals on",
  ignore: isWithoutMpi,
  async fn() {
    const script = fileURLToPath(new URL("./two_ranks.ts", import.meta.url));
    const { code, out, errors } = endOf(
      await startRanks(["run", "--quiet", "--cached-only", "--no-check", "-A", script]).output(),
    );
    assert.equal(code, 0, errors);
    const networks = ["small-mlp", "lenet", "small-residual"];
    const what = ["ten steps", "an attack", "resumed on one, two and one"];
    assert.deepEqual(out.trim().split("\n"), [
      ...networks.flatMap((network) => what.map((fact) => `${network}: ${fact}`)),
      "an error on a rank is thrown, and the next call is answered",
      "a signal ends the waiting",
    ]);
  },
});

Deno.test({
  name: "defend, with a rank killed and then stopped by Ctrl-C, comes to the bits of one process",
  ignore: isWithoutMpi,
  fn: () =>
    withFolder(async (dir) => {
      const out = `${dir}/ranks`;
      const killed = await disturbed(out, (mpirun) => killRank(1, mpirun));
      assert.notEqual(killed.code, 0);
      assert.match(killed.errors, new RegExp(`${interrupted}.*repeat the command`, "m"));
      assert.match(killed.errors, /process rank 1 .* exited on signal 9/);
      assert.doesNotMatch(killed.errors, /^ +at /m);

      // mpirun is sent what a terminal sends; it ends its ranks with SIGTERM.
      const stopped = await disturbed(out, (mpirun) => Promise.resolve(mpirun.kill("SIGINT")));
      assert.notEqual(stopped.code, 0);
      assert.match(stopped.errors, new RegExp(interrupted, "m"));
      assert.doesNotMatch(stopped.errors, /^ +at /m);

      const [rest, whole] = [await run(defend(out, 2)), await run(defend(`${dir}/whole`, 2))];
      for (const { code, errors } of [rest, whole]) assert.equal(code, 0, errors);
      for (const name of ["hardened.safetensors", "defend.arrow"]) {
        const [ours, theirs] = [`${out}/${name}`, `${dir}/whole/${name}`];
        assert.deepEqual(await Deno.readFile(ours), await Deno.readFile(theirs), name);
      }
    }),
});

Deno.test("a command of one process refuses several: rank 0 says so, and the others are silent", async () => {
  const started = async (rank: number, size: number) => {
    const args = commandOf(["report", "results"]);
    const env = { OMPI_COMM_WORLD_RANK: `${rank}`, OMPI_COMM_WORLD_SIZE: `${size}` };
    return endOf(await new Deno.Command(Deno.execPath(), { args, env }).output());
  };
  const first = await started(0, 2);
  assert.equal(first.code, 2);
  assert.equal(
    mistake(first),
    "error: running report: expected one process, got 2: start it without mpirun or srun",
  );
  assert.deepEqual(await started(1, 2), { code: 0, out: "", errors: "" });
});

Deno.test({
  name: "processes that Open MPI does not join are told how to start: rank 0 says so",
  ignore: isWithoutMpi,
  async fn() {
    const env = { OMPI_COMM_WORLD_RANK: "0", OMPI_COMM_WORLD_SIZE: "3" };
    const args = commandOf(["defend", "--help"]);
    const end = endOf(await new Deno.Command(Deno.execPath(), { args, env }).output());
    assert.equal(end.code, 1);
    assert.match(mistake(end), /expected 3 of them, but Open MPI joined 1; start them with/);
  },
});

const libraries: [name: string, message: RegExp][] = [
  ["libmpi.so.999", /libmpi\.so\.999 cannot be loaded; Debian has it in the package libopenmpi3/],
  ["libc.so.6", /libc\.so\.6 is another MPI's: it has no ompi_mpi_comm_world/],
];
for (const [name, message] of libraries) {
  Deno.test(`a library that is not Open MPI's is refused: ${name}`, () => {
    assert.throws(() => loadLibrary(name), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, message);
      return true;
    });
  });
}

const environments: [Record<string, string>, ReturnType<typeof startedRanks>][] = [
  [{}, undefined],
  [{ OMPI_COMM_WORLD_RANK: "0", OMPI_COMM_WORLD_SIZE: "1" }, undefined],
  [{ OMPI_COMM_WORLD_RANK: "3", OMPI_COMM_WORLD_SIZE: "4" }, { rank: 3, size: 4 }],
  [{ PMIX_RANK: "1", SLURM_NTASKS: "2" }, { rank: 1, size: 2 }],
  [{ PMI_RANK: "0", PMI_SIZE: "2" }, { rank: 0, size: 2 }],
  [{ SLURM_NTASKS: "2", SLURM_PROCID: "1" }, undefined], // srun without MPI: processes of their own
];
for (const [env, expected] of environments) {
  Deno.test(`the ranks that were started, as ${JSON.stringify(env)} says`, () => {
    assert.deepEqual(startedRanks((name) => env[name]), expected);
  });
}

const slurm: [cpusPerTask: string, threads: number][] = [["4", 4], ["256", 256], ["384", 256]];
for (const [cpus, threads] of slurm) {
  Deno.test(`a rank has the threads that an engine takes: ${threads} of ${cpus} of Slurm's`, () => {
    const env = (name: string) => name === "SLURM_CPUS_PER_TASK" ? cpus : undefined;
    assert.equal(threadsOfRank({ here: 1 }, env), threads);
  });
}

Deno.test({
  name: "the threads of a rank are told without permission to read the environment",
  permissions: { env: false, sys: true },
  fn: () => assert.ok(threadsOfRank({ here: 1 }) >= 1),
});

const failures: [what: string, error: Error, said: RegExp, exitCode: number][] = [
  [
    "a user's mistake, in one line",
    new UserError("x: expected 1, got 2", 2),
    /^error: rank 0 of 2: x: expected 1, got 2$/,
    2,
  ],
  [
    "another error, with its stack",
    new TypeError("x"),
    /^error: rank 0 of 2: TypeError: x\n +at /,
    1,
  ],
];
for (const [what, error, said, exitCode] of failures) {
  Deno.test(`a rank that fails ends all: ${what}`, async () => {
    const ended = new Error("all have ended");
    const codes: number[] = [];
    const abort = (code: number): never => {
      codes.push(code);
      throw ended;
    };
    const errors = await toldDuring(async () => {
      const failing = orEndAll({ rank: 0, size: 2, abort }, () => Promise.reject(error));
      await assert.rejects(failing, ended);
    });
    assert.deepEqual(codes, [exitCode]);
    assert.match(errors, said);
  });
}

/** What is written to stderr meanwhile. */
async function toldDuring(work: () => Promise<void>): Promise<string> {
  const { error } = console;
  const said: string[] = [];
  console.error = (...words: unknown[]) => {
    said.push(words.map((word) => word instanceof Error ? word.stack : word).join(" "));
  };
  try {
    await work();
  } finally {
    console.error = error;
  }
  return said.join("\n");
}
