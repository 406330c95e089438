/**
 * Draws README's picture, outputs/paper/digit.png, from the committed MLPs of seed 0: a test image, the smallest change that
 * DeepFool finds for the reference, and for the network of Deep Defense. Needs Chromium.
 *
 *     deno run -A tests/pictures/digit.ts
 */
import { fileURLToPath } from "node:url";
import * as dd from "../../lib/mod.ts";
import { pngDataUri } from "../../lib/plots/images/png.ts";
import { readModel, readResults } from "../../lib/results/results.ts";

const root = new URL("../../", import.meta.url);
const paper = fileURLToPath(new URL("outputs/paper", root));
const side = 28;

const mnist = await dd.loadDataset("mnist", { pixels: true });
const network = dd.mlp(mnist.inputShape, mnist.classes);
const scale = await mnist.scale!();
const { table1 } = await readResults(paper);
const image = mnist.test.images.slice(0, side * side);
await using engine = await dd.createEngine();

/** The image as it fools the MLP of a method, and what is said of it. */
async function fooling(method: string, title: string): Promise<[Float32Array, string, string]> {
  const row = table1.find((row) =>
    row.network === "mlp" && row.method === method && row.seed === 0
  )!;
  const model = dd.inPixels({ network, weights: await readModel(paper, row) }, scale);
  const within = { low: 0, high: 255 };
  const { perturbations, ratios, fooledAs } = await dd.deepfool(engine, model, image, { within });
  const moved = image.map((pixel, i) => pixel + perturbations[i]!);
  const size = ratios[0]!.toFixed(2);
  return [moved, `taken for a ${fooledAs[0]}`, `${title}: ‖Δx‖/‖x‖ = ${size}`];
}

const tiles = [
  [image, `a ${mnist.test.labels[0]}`, "MNIST's first test image"] as const,
  await fooling("reference", "reference"),
  await fooling("deep_defense", "Deep Defense"),
];
const figures = tiles.map(([pixels, seen, caption]) => {
  const rgb = Uint8Array.from({ length: 3 * side * side }, (_, i) => pixels[Math.floor(i / 3)]!);
  const uri = pngDataUri(rgb, side, side);
  return `<figure><img src="${uri}"><figcaption><b>${seen}</b><br>${caption}</figcaption></figure>`;
});
const html = `<!doctype html><style>
body { margin: 0; padding: 12px; display: flex; gap: 20px; width: 760px; background: #fff; color: #222;
  font: 14px/1.5 system-ui, sans-serif; text-align: center; box-sizing: border-box; }
figure { margin: 0; flex: 1; }
img { width: 100%; image-rendering: pixelated; }
</style>${figures.join("")}`;

const { chromium } = await import("playwright-core");
const browser = await chromium.launch({
  executablePath: Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const sheet = await browser.newPage({ viewport: { width: 760, height: 100 } });
await sheet.setContent(html);
await sheet.screenshot({ path: `${paper}/digit.png`, fullPage: true });
await browser.close();
console.log(tiles.map(([, seen, caption]) => `${caption}, ${seen}`).join("\n"));
