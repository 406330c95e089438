import assert from "node:assert/strict";
import {
  type CropOptions,
  type ImageList,
  imageList,
} from "../../../lib/data/images/image_list.ts";
import { withFolder } from "../idx/fixture.ts";
import { isUserError } from "../user_error.ts";
import { jpeg, type Pixel, png, texture, writeTree } from "./image_fixture.ts";

/** Red says the column, green the row. */
const ramp: Pixel = (x, y) => [4 * x, 5 * y, 30];

/** Six pictures, the second and the fifth of which cannot be read. */
async function withImages(
  test: (
    open: (options?: { bad?: "skip" | "stop"; parallel?: number }) => ImageList,
  ) => Promise<void>,
): Promise<void> {
  await withFolder(async (dir) => {
    const whole = await jpeg(60, 50, texture(9));
    await writeTree(dir, {
      "0.png": await png(40, 32, ramp),
      "1.jpg": whole.slice(0, whole.length / 2),
      "2.jpg": await jpeg(60, 45, texture(2)),
      "3.jpg": await jpeg(45, 60, texture(3)),
      "4.JPEG": "not an image",
      "5.jpg": await jpeg(50, 50, () => [9, 99, 199]),
    });
    const paths = ["0.png", "1.jpg", "2.jpg", "3.jpg", "4.JPEG", "5.jpg"];
    const labels = Uint16Array.from(paths.keys());
    await test(({ bad = "skip", parallel = 2 } = {}) =>
      imageList({ dir, labels, paths, bad, parallel })
    );
  });
}

const centre: CropOptions = { crop: "centre", size: 8, resize: 32 };
const random = (...key: (number | string)[]): CropOptions => ({
  crop: "random",
  size: 8,
  resize: 32,
  key,
});

/** The value of a pixel of a crop of 8 x 8. */
function at(images: Float32Array, channel: number, x: number, y: number): number {
  return images[64 * channel + 8 * y + x]!;
}

Deno.test("imageList: the middle of an image is read as planes of red, green and blue 0-255", () =>
  withImages(async (open) => {
    const { images, good, bad } = await open().read([0], centre);
    assert.deepEqual([images.length, [...good], bad], [3 * 64, [0], []]);
    for (const [x, y] of [[0, 0], [7, 0], [0, 7], [5, 3]] as const) {
      const got = [0, 1, 2].map((channel) => at(images, channel, x, y));
      assert.deepEqual(got, [4 * (16 + x), 5 * (12 + y), 30]);
    }
  }));

Deno.test("imageList: an image of one colour is that colour, and 256 is what images are resized to unless said otherwise", () =>
  withImages(async (open) => {
    const { images } = await open().read([5], { crop: "centre", size: 256 });
    assert.equal(images.length, 3 * 256 ** 2);
    images.forEach((value, i) => {
      const expected = [9, 99, 199][Math.floor(i / 256 ** 2)]!;
      assert.ok(Math.abs(value - expected) <= 1, `${value} at ${i}`);
    });
  }));

Deno.test("imageList: random crops lie where the image says, mirrored every other time, and reach its edges", () =>
  withImages(async (open) => {
    const list = open();
    const seen: { left: number; top: number; mirrored: boolean }[] = [];
    for (let key = 0; key < 200; key++) {
      const { images } = await list.read([0], random(key));
      const [first, last, top] = [
        at(images, 0, 0, 0) / 4,
        at(images, 0, 7, 0) / 4,
        at(images, 1, 0, 0) / 5,
      ];
      const mirrored = first > last;
      assert.equal(Math.abs(first - last), 7);
      assert.equal(at(images, 1, 0, 7) / 5, top + 7);
      seen.push({ left: Math.min(first, last), top, mirrored });
    }
    const mirrored = seen.filter((crop) => crop.mirrored).length;
    assert.ok(mirrored > 70 && mirrored < 130, `${mirrored} of 200`); // over 4 standard deviations
    assert.deepEqual(
      new Set(seen.map(({ left }) => left)),
      new Set(Array.from({ length: 33 }, (_, i) => i)),
    );
    assert.deepEqual(
      new Set(seen.map(({ top }) => top)),
      new Set(Array.from({ length: 25 }, (_, i) => i)),
    );
  }));

Deno.test("imageList: the same key gives the same pixels, whatever else is read; another key gives others", () =>
  withImages(async (open) => {
    const list = open();
    const one = await list.read([2], random(1, "epoch", 3));
    const among = await list.read([5, 0, 2, 3], random(1, "epoch", 3));
    assert.deepEqual(among.images.slice(2 * 192, 3 * 192), one.images.slice());
    assert.notDeepEqual((await list.read([2], random(1, "epoch", 4))).images, one.images);
  }));

Deno.test("imageList: images of one key are cropped each in its own way", () =>
  withFolder(async (dir) => {
    const names = Array.from({ length: 20 }, (_, i) => `${i}.png`);
    const bytes = await png(40, 32, ramp);
    await writeTree(dir, Object.fromEntries(names.map((name) => [name, bytes])));
    const list = imageList({
      dir,
      labels: new Uint16Array(20),
      paths: names,
      bad: "stop",
      parallel: 2,
    });
    const { images } = await list.read(names.keys().toArray(), random("a"));
    const crops = names.map((_, i) => images.slice(i * 192, (i + 1) * 192).join());
    assert.ok(new Set(crops).size > 15, `${new Set(crops).size} of 20`);
  }));

Deno.test("imageList: reading in parallel gives what reading one by one gives, in the order asked", () =>
  withImages(async (open) => {
    const indices = Uint32Array.of(5, 0, 3, 1, 2, 0, 4, 3);
    for (const how of [centre, random("a", 1), random("b", 2)]) {
      const serial = await open({ parallel: 1 }).read(indices, how);
      assert.deepEqual(await open({ parallel: 5 }).read(indices, how), serial);
      assert.deepEqual([...serial.good], [5, 0, 3, 2, 0, 3]);
      for (const [i, index] of serial.good.entries()) {
        const { images } = await open().read([index], how);
        assert.deepEqual(serial.images.slice(i * 192, (i + 1) * 192), images.slice());
      }
    }
  }));

Deno.test("imageList: bad images are left out and reported, with their paths and what is wrong", () =>
  withImages(async (open) => {
    const { images, good, bad } = await open().read([1, 2, 4], centre);
    assert.deepEqual([...good], [2]);
    assert.deepEqual(images.slice(), (await open().read([2], centre)).images.slice());
    assert.deepEqual(bad.map(({ path }) => path), ["1.jpg", "4.JPEG"]);
    assert.match(bad[0]!.reason, /^expected a whole JPEG image/);
    assert.match(bad[1]!.reason, /^expected a JPEG, PNG, WebP or GIF image, got something else$/);
    const none = await open().read([4, 1], centre);
    assert.deepEqual([none.images.length, none.good.length, none.bad.length], [0, 0, 2]);
  }));

Deno.test("imageList: a bad image stops reading with its name, where that is asked for", () =>
  withImages(async (open) => {
    const list = open({ bad: "stop" });
    await assert.rejects(
      list.read([0, 1], centre),
      isUserError(/^reading .*1\.jpg: expected a whole JPEG image/),
    );
    await assert.rejects(
      list.read([4], centre),
      isUserError(/^reading .*4\.JPEG: expected a JPEG, PNG, WebP or GIF/),
    );
    assert.equal((await list.read([0, 2], centre)).good.length, 2);
  }));

Deno.test("imageList: a file that has gone is a bad image", () =>
  withFolder(async (dir) => {
    const paths = ["gone.jpg"];
    const { bad } = await imageList({
      dir,
      labels: new Uint16Array(1),
      paths,
      bad: "skip",
      parallel: 1,
    })
      .read([0], centre);
    assert.deepEqual(bad, [{
      path: "gone.jpg",
      reason: "expected a JPEG, PNG, WebP or GIF image: there is none",
    }]);
  }));

Deno.test("imageList: no indices, no images", () =>
  withImages(async (open) => {
    const { images, good, bad } = await open().read([], centre);
    assert.deepEqual([images.length, good.length, bad], [0, 0, []]);
  }));

Deno.test("imageList: indices and lengths that are out of range are refused", () =>
  withImages(async (open) => {
    const list = open();
    for (const index of [6, -1, 0.5, NaN]) {
      await assert.rejects(list.read([0, index], centre), {
        name: "RangeError",
        message: `reading images: expected indices 0 to 5, got ${index}`,
      });
    }
    for (const how of [{ size: 33 }, { size: 0 }, { size: 1.5 }, { resize: 31.5 }]) {
      await assert.rejects(list.read([0], { ...centre, ...how }), /1 <= size <= resize, got size/);
    }
  }));
