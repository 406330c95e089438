import * as dd from "deep-defense";

await using engine = await dd.createEngine();
const mnist = dd.firstImages(await dd.loadDataset("mnist"), { train: 6000, test: 1000 });

const network = dd.defineNetwork({
  name: "two-layer",
  inputShape: mnist.inputShape,
  layers: dd.serial({
    flatten: dd.flatten(),
    hidden: dd.dense(100),
    relu: dd.relu(),
    logits: dd.dense(mnist.classes),
  }),
});

const reference = await dd.train(engine, network, mnist.train, {
  start: network.init("my seed"),
  epochs: 4,
  learningRates: [1e-3, 1e-3, 1e-3, 1e-4],
});
const defended = await dd.train(engine, network, mnist.train, {
  start: reference,
  defense: dd.deepDefense({ lambda: 15, c: 25, d: 5 }),
  epochs: 3,
  learningRates: [5e-4, 5e-4, 2.5e-4],
});

async function measure(name: string, weights: dd.Weights) {
  const attacked = await dd.deepfool(engine, { network, weights }, mnist.test.images);
  const right = await dd.accuracy(engine, { network, weights }, mnist.test);
  console.log(
    `${name}: accuracy ${(100 * right).toFixed(1)}%, rho_2 ${dd.rho2(attacked).toFixed(3)}`,
  );
}
await measure("reference", reference);
await measure("defended", defended);
