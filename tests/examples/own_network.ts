import {
  accuracy,
  createEngine,
  deepDefense,
  deepfool,
  defineNetwork,
  dense,
  firstImages,
  flatten,
  loadDataset,
  relu,
  rho2,
  serial,
  train,
  type Weights,
} from "deep-defense";

await using engine = await createEngine();
const mnist = firstImages(await loadDataset("mnist"), { train: 6000, test: 1000 });

const network = defineNetwork({
  name: "two-layer",
  inputShape: mnist.inputShape,
  layers: serial({
    flatten: flatten(),
    hidden: dense(100),
    relu: relu(),
    logits: dense(mnist.classes),
  }),
});

const reference = await train(engine, network, mnist.train, {
  start: network.init("my seed"),
  epochs: 4,
  learningRates: [1e-3, 1e-3, 1e-3, 1e-4],
});
const defended = await train(engine, network, mnist.train, {
  start: reference,
  defense: deepDefense({ lambda: 15, c: 25, d: 5 }),
  epochs: 3,
  learningRates: [5e-4, 5e-4, 2.5e-4],
});

async function measure(name: string, weights: Weights) {
  const attacked = await deepfool(engine, network, weights, mnist.test.images);
  const right = await accuracy(engine, network, weights, mnist.test);
  console.log(`${name}: accuracy ${(100 * right).toFixed(1)}%, rho_2 ${rho2(attacked).toFixed(3)}`);
}
await measure("reference", reference);
await measure("defended", defended);
