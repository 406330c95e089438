import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { createEngine } from "../../lib/engine/engine.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { dense } from "../../lib/layers/dense.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import { conv2d } from "../../lib/layers/conv2d.ts";
import { serial } from "../../lib/layers/serial.ts";
import { networkFor, networkNames } from "../../lib/networks/by_name.ts";
import { defineNetwork, trainedNames } from "../../lib/networks/network.ts";
import { assertClose } from "../closeness.ts";
import { numbers } from "../engine/engines.ts";
import { smallWeights } from "../small_problem.ts";

const mnist = { inputShape: [1, 28, 28], classes: 10 };
const cifar = { inputShape: [3, 32, 32], classes: 10 };
/** ImageNet's networks on the smallest images that they take; the arithmetic is the same. */
const small = { inputShape: [3, 67, 67], classes: 10 };
const fits: Readonly<Record<string, typeof mnist>> = {
  mlp: mnist,
  mlp_bn: mnist,
  lenet: mnist,
  convnet: cifar,
  nin: cifar,
  alexnet: small,
  alexnet_torchvision: small,
  resnet18: { ...small, inputShape: [3, 33, 33] },
};

for (const name of networkNames) {
  Deno.test(`${name}: the reverse network gives tf.grad of every logit`, async () => {
    await using engine = await createEngine({ workers: 1 });
    const network = networkFor(name, fits[name]!);
    const shape = [3, ...network.inputShape];
    const length = network.inputShape.reduce((product, extent) => product * extent);
    const weights = Object.fromEntries(
      Object.entries(smallWeights(network, name)).map(([key, { data }]) => [key, data]),
    );
    const inputs = { ...network.parameters, x: shape };
    const run = await engine.compile((given) => {
      const { trace } = network.forward(given, given.x!);
      const every = tf.tile(tf.reshape(tf.eye(10), [1, 10, 10]), [3, 1, 1]);
      const reversed = network.reverse(given, trace, tf.reshape(every, [30, 10]));
      const taped = tf.grad((x) => tf.slice(network.forward(given, x).output, [0, 7], [3, 1]))(
        given.x!,
      );
      return {
        reversed: tf.reshape(reversed, [3, 10, length]),
        taped: tf.reshape(taped, [3, length]),
      };
    }, inputs);
    const { reversed, taped } = await run({
      ...weights,
      x: numbers(shape, name).map((x) => 50 * x),
    });
    for (let i = 0; i < 3; i++) {
      const logit = reversed!.subarray((i * 10 + 7) * length, (i * 10 + 8) * length);
      assert.ok(logit.some((slope) => slope !== 0));
      assertClose(logit, taped!.subarray(i * length, (i + 1) * length), { relative: 1e-5 });
    }
  });
}

for (const name of ["mlp", "lenet", "convnet"]) {
  Deno.test(`${name}: the same seed draws the same parameters, another seed others`, () => {
    const network = networkFor(name, fits[name]!);
    assert.deepEqual(network.init(3), network.init(3));
    assert.notDeepEqual(network.init(3), network.init(4));
  });
}

/** The first 16 digits of the SHA-256 of the numbers that seed 0 draws, parameter after parameter. */
const drawn: Readonly<Record<string, string>> = {
  mlp: "9f7d20cc3a9326ea",
  mlp_bn: "a4ce66f09481f2f4",
  lenet: "7bb044bdb7639da8",
  convnet: "385ac039be2c336a",
  nin: "886f2fe9655daaa7",
  resnet18: "d840054b5579bbed",
};

for (const [name, expected] of Object.entries(drawn)) {
  Deno.test(`${name}: a seed draws the numbers that it always drew`, async () => {
    const arrays = Object.values(networkFor(name, fits[name]!).init(0));
    const bytes = await new Blob(arrays.map(({ data }) => data as Float32Array<ArrayBuffer>))
      .bytes();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    assert.equal(digest.toHex().slice(0, 16), expected);
  });
}

const imagenet = (side: number) => ({ inputShape: [3, side, side], classes: 1000 });

/** Trained parameters, as Caffe's and torchvision's models have them. */
const counts: readonly [name: string, side: number, count: number, some: string[]][] = [
  ["alexnet", 227, 60_965_224, ["conv2.weight", "fc8.bias"]],
  ["alexnet_torchvision", 224, 61_100_840, ["features.10.bias", "classifier.6.weight"]],
  ["resnet18", 224, 11_689_512, [
    "conv1.weight",
    "layer2.0.downsample.1.bias",
    "layer4.1.bn2.weight",
  ]],
];

for (const [name, side, count, some] of counts) {
  Deno.test(`${name} has ${count} parameters on ImageNet, under the usual names`, () => {
    const network = networkFor(name, imagenet(side));
    const sizes = trainedNames(network).map((key) =>
      network.parameters[key]!.reduce((product, extent) => product * extent)
    );
    assert.equal(sizes.reduce((sum, size) => sum + size), count);
    for (const key of some) assert.ok(key in network.parameters, key);
  });
}

/** How many numbers the arrays of floats hold that `body` makes. */
function allocated(body: () => void): number {
  let count = 0;
  const { Float32Array: Original } = globalThis;
  globalThis.Float32Array = class extends Original {
    constructor(...given: unknown[]) {
      super(...given as []);
      count += this.length;
    }
  } as typeof Original;
  try {
    body();
  } finally {
    globalThis.Float32Array = Original;
  }
  return count;
}

Deno.test("defining a network allocates no weights; drawing them does", () => {
  for (const [name, side] of counts) {
    assert.equal(allocated(() => networkFor(name, imagenet(side))), 0, name);
  }
  const small = networkFor("lenet", mnist);
  assert.ok(allocated(() => small.init(0)) >= 431_080);
});

Deno.test("ResNet-18's statistics are buffers", () => {
  const { buffers } = networkFor("resnet18", fits.resnet18!);
  assert.equal(buffers.length, 40);
  assert.ok(buffers.includes("layer3.0.downsample.1.running_var"));
});

Deno.test("the networks have the paper's parameters", () => {
  assert.deepEqual(networkFor("mlp", mnist).parameters, {
    "fc1.weight": [500, 784],
    "fc1.bias": [500],
    "fc2.weight": [150, 500],
    "fc2.bias": [150],
    "fc3.weight": [10, 150],
    "fc3.bias": [10],
  });
  assert.deepEqual(networkFor("lenet", mnist).parameters, {
    "conv1.weight": [20, 1, 5, 5],
    "conv1.bias": [20],
    "conv2.weight": [50, 20, 5, 5],
    "conv2.bias": [50],
    "fc1.weight": [500, 800],
    "fc1.bias": [500],
    "fc2.weight": [10, 500],
    "fc2.bias": [10],
  });
  const shapes = Object.entries(networkFor("convnet", cifar).parameters);
  assert.deepEqual(shapes.filter(([name]) => name.endsWith("weight")).map(([, shape]) => shape), [
    [32, 3, 5, 5],
    [32, 32, 5, 5],
    [64, 32, 5, 5],
    [64, 64, 4, 4],
    [10, 64, 1, 1],
  ]);
});

Deno.test("NIN has the paper's filters, He's deviations, and dropout after its first two pools", () => {
  const { parameters, masks, init } = networkFor("nin", cifar);
  const filters = Object.entries(parameters).filter(([name]) => name.endsWith("weight"));
  assert.deepEqual(filters.map(([, shape]) => shape), [
    [192, 3, 5, 5],
    [160, 192, 1, 1],
    [96, 160, 1, 1],
    [192, 96, 5, 5],
    [192, 192, 1, 1],
    [192, 192, 1, 1],
    [192, 192, 3, 3],
    [192, 192, 1, 1],
    [10, 192, 1, 1],
  ]);
  const weights = init(0);
  for (const [name, [, ...rest]] of filters) {
    const { data } = weights[name]!;
    const deviation = Math.sqrt(data.reduce((sum, w) => sum + w * w, 0) / data.length);
    const he = Math.sqrt(2 / rest.reduce((product, extent) => product * extent));
    assertClose([deviation], [name === "conv9.weight" ? he / 10 : he], { relative: 0.05 });
  }
  assert.deepEqual(masks, {
    "drop1.mask": { shape: [96, 16, 16], rate: 0.5 },
    "drop2.mask": { shape: [192, 8, 8], rate: 0.5 },
  });
});

Deno.test("mlp_bn is the MLP with normalised hidden layers, whose statistics are buffers", () => {
  const { parameters, buffers } = networkFor("mlp_bn", mnist);
  const own = Object.keys(parameters).filter((name) => name.startsWith("bn"));
  assert.deepEqual(
    own,
    ["bn1", "bn2"].flatMap((layer) =>
      ["weight", "bias", "running_mean", "running_var"].map((name) => `${layer}.${name}`)
    ),
  );
  assert.deepEqual(buffers, own.filter((name) => name.includes("running")));
  const others = Object.entries(parameters).filter(([name]) => !name.startsWith("bn"));
  assert.deepEqual(Object.fromEntries(others), networkFor("mlp", mnist).parameters);
});

Deno.test("networks take their image size and classes from the data", () => {
  const { parameters, classes } = networkFor("mlp", { inputShape: [3, 8, 8], classes: 7 });
  assert.deepEqual([parameters["fc1.weight"], parameters["fc3.weight"], classes], [[500, 192], [
    7,
    150,
  ], 7]);
});

for (
  const [what, build, message] of [
    [
      "an unknown name",
      () => networkFor("vgg", mnist),
      /expected one of mlp, mlp_bn, lenet, convnet, nin, alexnet, .*got vgg/,
    ],
    [
      "images that ConvNet's average pooling cannot tile",
      () => networkFor("convnet", { inputShape: [3, 30, 30], classes: 10 }),
      /convnet does not fit inputs of shape \[3,30,30\].*multiples of 2/,
    ],
    [
      "images smaller than LeNet's filters",
      () => networkFor("lenet", { inputShape: [1, 4, 4], classes: 10 }),
      /lenet does not fit inputs of shape \[1,4,4\].*at least 5x5/,
    ],
    [
      "layers that end in an image",
      () => defineNetwork({ name: "open", inputShape: [1, 8, 8], layers: conv2d(2, 3) }),
      /expected a vector of at least 2 logits at its end, got \[2,6,6\]/,
    ],
    [
      "a single logit",
      () => defineNetwork({ name: "one", inputShape: [4], layers: dense(1) }),
      /at least 2 logits at its end, got \[1\]/,
    ],
    [
      "a dense layer on an image",
      () =>
        defineNetwork({
          name: "flat",
          inputShape: [1, 4, 4],
          layers: serial({ fc: dense(3), flatten: flatten() }),
        }),
      /expected a vector as input, got the shape \[1,4,4\]; flatten first/,
    ],
  ] as const
) {
  Deno.test(`networks refuse ${what} in one line`, () => {
    assert.throws(build, (error) => error instanceof UserError && message.test(error.message));
  });
}
