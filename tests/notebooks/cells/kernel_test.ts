import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Output, textOf } from "../../../lib/notebooks/notebook.ts";
import { isMissing } from "../../installed.ts";
import { runCells } from "../kernel.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const withoutJupyter = await isMissing("jupyter", "nbconvert", "--version");

/** What a cell printed and displayed, as text, and its error. */
function textsOf(outputs: readonly Output[]): string[] {
  return outputs.map(({ output_type, text, data, evalue, traceback }) => {
    if (output_type === "error") return (traceback as string[]).join("\n") || String(evalue);
    return textOf((text ?? data?.["text/plain"]) as string | string[]).trim();
  });
}

const setUp = `import * as dd from "deep-defense";
import * as notebook from "deep-defense/notebook";
const engine = await notebook.createEngine({ workers: 2 });
const inputShape = [1, 8, 8], count = 40;
const layers = dd.serial({ flatten: dd.flatten(), fc: dd.dense(4) });
const network = dd.defineNetwork({ name: "small", inputShape, layers });
const model = { network, weights: network.init("any") };
const images = Float32Array.from({ length: 64 * count }, (_, i) => 100 + 100 * Math.sin(i * i));
const { labels } = await dd.predict(engine, model, images);
const split = { images, labels, count };
const press = () => void setTimeout(() => console.log("interrupt here"), 400);
const learningRates = new Array(1e5).fill(1e-9);
const rest = () => new Promise((resolve) => setTimeout(resolve, 300));`;

const isReady = 'await rest(); console.log("accuracy", await dd.accuracy(engine, model, split))';

/** Cells that would run for minutes, some at least for hours. */
const endless: Record<string, string> = {
  "training": `await dd.train(engine, network, split, {
  start: model.weights, epochs: 1e5, learningRates,
})`,
  "defending": `await dd.defend(engine, model, { train: split }, {
  epochs: 1e5, learningRate: 1e-9, heldOut: 10,
})`,
  "a search for the smallest perturbation":
    "await dd.ddn(engine, model, images, { steps: 60_000 })",
  "an attack with a bound":
    "await dd.pgd(engine, model, images, { labels, epsilon: 1e-6, steps: 1e6 })",
  "an attack without gradients":
    "await dd.squareAttack(engine, model, images, { labels, epsilon: 1e-6, queries: 60_000, restarts: 99 })",
  "an evaluation": `await dd.evaluate(engine, model, split, { epsilons: [1e-6], runAttack: () =>
  dd.pgd(engine, model, images, { labels, epsilon: 1e-6, steps: 1e6 }) })`,
  "several at once": `await Promise.all([1e-6, 2e-6].map((epsilon) =>
  dd.apgd(engine, model, images, { labels, epsilon, steps: 1e6 })))`,
};

const work = Object.entries(endless);
const others = {
  counting: `const show = notebook.progress("counting");
const short = () => new Promise((resolve) => setTimeout(resolve, 60));
for (let done = 1; done <= 20; done++) await short().then(() => show(done, 20));`,
  waiting: `press();
await new Promise((resolve) => setTimeout(resolve, 2700));
console.log("ended");`,
  weights: "model.weights",
  dataset: 'dd.firstImages(await dd.loadDataset("mnist"), { train: 10, test: 10 })',
  model: '(await notebook.model("lenet", "reference")).weights',
};

/** Every cell's outputs, all of one kernel, which is started once. */
let executed: Promise<Readonly<Record<string, Output[]>>> | undefined;

async function runOnce(): Promise<Readonly<Record<string, Output[]>>> {
  const cells: [string, string][] = [
    ["set up", setUp],
    ...work.flatMap(([name, source]): [string, string][] => [
      [name, `press();\n${source}`],
      [`after ${name}`, isReady],
    ]),
    ...Object.entries(others),
  ];
  await Deno.mkdir(`${root}outputs/local`, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: `${root}outputs/local` });
  const outputs = await runCells(folder, cells.map(([, source]) => source));
  await Deno.remove(folder, { recursive: true });
  return Object.fromEntries(cells.map(([name], i) => [name, outputs[i]!]));
}

function inKernel(name: string, check: (texts: (cell: string) => string[]) => void): void {
  const fn = async () => {
    const outputs = await (executed ??= runOnce());
    check((cell) => textsOf(outputs[cell]!));
  };
  Deno.test({ name, ignore: withoutJupyter, fn });
}

for (const [name] of work) {
  inKernel(`the stop button ends ${name} with one line, and the next cell runs`, (texts) => {
    assert.match(texts(name).at(-1)!, /^Interrupted: the stop button ended this cell.*$/);
    assert.deepEqual(texts(`after ${name}`), ["accuracy 1"]);
  });
}

inKernel(
  "where the library computes nothing, the stop button says so, and the kernel lives",
  (texts) => {
    const [, said, ended] = texts("waiting");
    assert.match(said!, /^interrupt: the library computes nothing/);
    assert.equal(ended, "ended");
  },
);

inKernel("a long cell has one line of progress, which is empty in the end", (texts) => {
  assert.deepEqual(texts("counting"), [""]);
});

inKernel("a cell that ends with weights or a dataset shows what they hold", (texts) => {
  assert.match(texts("weights")[0]!, /^2 tensors, 260 numbers\ntensor +shape +numbers\n/);
  assert.match(texts("dataset")[0]!, /^MNIST: inputs \[1, 28, 28\], 10 classes\nsplit/);
  assert.match(texts("model")[0]!, /^8 tensors, 431,080 numbers/);
});
