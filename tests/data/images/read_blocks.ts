import { openImageFolder } from "../../../lib/data/images/image_folder.ts";

// Reads a folder's training images in blocks, over and over, and prints by how many MiB the process has grown since the
// first blocks, and how many MiB of pixels it has read.

const [dir, blocks] = [Deno.args[0]!, Number(Deno.args[1])];
const { train } = await openImageFolder(dir, { parallel: 2 });
const indices = Array.from({ length: 32 }, (_, i) => i % train.count);
const mebibytes = () => Deno.memoryUsage().rss / 2 ** 20;
const started = 8;
let [first, most, read] = [0, 0, 0];
for (let block = 0; block < blocks; block++) {
  const { images } = await train.read(indices, { crop: "random", size: 224, key: [block] });
  if (block === started) first = mebibytes();
  most = Math.max(most, mebibytes());
  read += images.byteLength / 2 ** 20;
}
console.log(JSON.stringify({ grown: most - first, read }));
