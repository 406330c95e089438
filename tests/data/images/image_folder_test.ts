import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openImageFolder } from "../../../lib/data/images/image_folder.ts";
import { withFolder } from "../idx/fixture.ts";
import { isUserError } from "../user_error.ts";
import { drawn, jpeg, png, pngHeader, texture, writeTree } from "./image_fixture.ts";

type Files = Readonly<Record<string, Uint8Array | string>>;

/** Three classes; only listing needs the files, and it does not look into them. */
const train: Files = {
  "train/n02/b.JPEG": "bb",
  "train/n02/a.jpeg": "a",
  "train/n10/x.PNG": "xxx",
  "train/n01/c.jpg": "c",
};
const inFolders: Files = { ...train, "val/n10/v.JPEG": "v", "val/n01/w.JPEG": "w" };
const flat: Files = {
  ...train,
  "val/ILSVRC2012_val_00000001.JPEG": "1",
  "val/ILSVRC2012_val_00000002.JPEG": "2",
  "val/ILSVRC2012_val_00000003.JPEG": "3",
};
const groundTruth = "ILSVRC2012_validation_ground_truth.txt";
const synsets = "n10\nn01\nn77\nn02\n";

const withFiles = (files: Files, test: (dir: string) => Promise<void>) =>
  withFolder(async (dir) => {
    await writeTree(dir, files);
    await test(dir);
  });

Deno.test("openImageFolder: classes are sorted by name, images by class and name, and labels are their classes", () =>
  withFiles(inFolders, async (dir) => {
    const { classes, train, test } = await openImageFolder(dir);
    assert.deepEqual(classes, ["n01", "n02", "n10"]);
    assert.deepEqual(train.paths, [
      "train/n01/c.jpg",
      "train/n02/a.jpeg",
      "train/n02/b.JPEG",
      "train/n10/x.PNG",
    ]);
    assert.deepEqual([...train.labels], [0, 1, 1, 2]);
    assert.deepEqual(test.paths, ["val/n01/w.JPEG", "val/n10/v.JPEG"]);
    assert.deepEqual([...test.labels], [0, 2]);
    assert.deepEqual([train.count, test.count], [4, 2]);
  }));

Deno.test("openImageFolder: validation/ does as well as val/", () =>
  withFiles({ ...train, "validation/n02/v.png": "v" }, async (dir) => {
    assert.deepEqual((await openImageFolder(`${dir}/`)).test.paths, ["validation/n02/v.png"]);
  }));

Deno.test("openImageFolder: images in folders below a class's are its own; other and hidden files are none", () =>
  withFiles({
    ...inFolders,
    "train/n01/images/d.jpg": "d",
    "train/n01/boxes.txt": "",
    "train/n01/._c.jpg": "",
    "train/.DS_Store": "",
    "train/list.txt": "",
    ".git/x": "",
  }, async (dir) => {
    const { classes, train } = await openImageFolder(dir);
    assert.equal(classes.length, 3);
    assert.deepEqual(train.paths.slice(0, 3), [
      "train/n01/c.jpg",
      "train/n01/images/d.jpg",
      "train/n02/a.jpeg",
    ]);
  }));

Deno.test("openImageFolder: links are followed, to folders and to files", () =>
  withFolder((elsewhere) =>
    withFiles({ "val/n01/w.jpg": "w", "train/n01/c.jpg": "c" }, async (dir) => {
      await writeTree(elsewhere, { "n05/e.jpg": "e", "f.jpg": "f" });
      await Deno.symlink(`${elsewhere}/n05`, `${dir}/train/n05`);
      await Deno.symlink(`${elsewhere}/f.jpg`, `${dir}/train/n01/f.jpg`);
      const { train } = await openImageFolder(dir);
      assert.deepEqual(train.paths, ["train/n01/c.jpg", "train/n01/f.jpg", "train/n05/e.jpg"]);
    })
  ));

Deno.test("openImageFolder: a link back to a folder that it is in is refused, not followed forty times", () =>
  withFiles(inFolders, async (dir) => {
    await Deno.symlink(".", `${dir}/train/n01/more`);
    await assert.rejects(
      openImageFolder(dir),
      isUserError(/n01\/more: expected a folder of images, got a link back to .*n01$/),
    );
  }));

const LABEL_FILES: Readonly<Record<string, Files>> = {
  "val_labels.txt": {
    "val_labels.txt": "ILSVRC2012_val_00000002.JPEG n02\nILSVRC2012_val_00000001.JPEG\tn10\r\n" +
      "ILSVRC2012_val_00000003.JPEG   n02\n\n",
  },
  "val_labels.csv": {
    "val_labels.csv": "ILSVRC2012_val_00000001.JPEG,n10\nILSVRC2012_val_00000003.JPEG, n02\n" +
      "ILSVRC2012_val_00000002.JPEG,n02",
  },
  "the devkit's ground truth and synsets.txt": {
    [groundTruth]: "1\n4\n4\n",
    "synsets.txt": synsets,
  },
};

for (const [name, files] of Object.entries(LABEL_FILES)) {
  Deno.test(`openImageFolder: validation images in one folder are of the classes that ${name} names`, () =>
    withFiles({ ...flat, ...files }, async (dir) => {
      const { test } = await openImageFolder(dir);
      assert.deepEqual([...test.labels], [2, 1, 1]);
      assert.deepEqual(test.paths[0], "val/ILSVRC2012_val_00000001.JPEG");
    }));
}

Deno.test("openImageFolder: the checksum is of paths, sizes and classes, not of where the folder lies", async () => {
  const labels = { [groundTruth]: "1\n4\n4\n", "synsets.txt": synsets };
  const checksumOf = (files: Files) => {
    let checksum = "";
    return withFiles(files, async (dir) => {
      ({ checksum } = await openImageFolder(dir));
    }).then(() => checksum);
  };
  const checksum = await checksumOf({ ...flat, ...labels });
  assert.match(checksum, /^[0-9a-f]{64}$/);
  assert.equal(await checksumOf({ ...labels, ...flat }), checksum);
  const changes: Readonly<Record<string, Files>> = {
    size: { "train/n01/c.jpg": "cc" },
    name: { "train/n01/d.jpg": "d" },
    "class of a validation image": { [groundTruth]: "1\n4\n2\n" },
  };
  for (const [what, change] of Object.entries(changes)) {
    assert.notEqual(await checksumOf({ ...flat, ...labels, ...change }), checksum, what);
  }
});

Deno.test("openImageFolder: progress counts classes", () =>
  withFiles(inFolders, async (dir) => {
    const told: unknown[] = [];
    await openImageFolder(dir, { onProgress: (...progress) => told.push(progress) });
    assert.deepEqual(told, [
      ...[1, 2, 3].map((done) => ["listing train/ (classes)", done, 3]),
      ...[1, 2].map((done) => ["listing val/ (classes)", done, 2]),
    ]);
  }));

const sortedSynsets = Array.from({ length: 1000 }, (_, i) => `n${10_000_000 + i}`).join("\n");

const BAD: Readonly<Record<string, [files: Files, message: RegExp]>> = {
  "no val/": [train, /expected a folder val or validation in it, got none$/],
  "no classes": [
    { "train/a.jpg": "", "val/b.jpg": "" },
    /train: expected 1 to 65536 classes, got 0$/,
  ],
  "validation folders without any image": [
    { ...train, "val/n02/readme.txt": "" },
    /val: expected images in the class folders, got none$/,
  ],
  "a validation class that training lacks": [
    { ...inFolders, "val/n99/v.jpg": "" },
    /expected val\/n99\/v\.jpg to be of one of the 3 classes of the folders of .*train, got "n99"$/,
  ],
  "an empty val/": [
    { ...train, "val/readme.txt": "" },
    /val: expected class folders or images, got neither$/,
  ],
  "validation images without labels": [
    flat,
    /expected val_labels\.txt \(lines "file class"\) or ILSVRC2012_validation_ground_truth\.txt .* val\/, .*neither$/,
  ],
  "a ground truth without synsets.txt": [
    { ...flat, [groundTruth]: "1\n4\n4\n" },
    /ground_truth\.txt: expected a file synsets\.txt beside it, one synset per line .*meta\.mat.*, but there is none$/,
  ],
  "a ground truth of too few lines": [
    { ...flat, [groundTruth]: "1\n4\n", "synsets.txt": synsets },
    /ground_truth\.txt: expected 3 lines, one for each image in val\/, got 2$/,
  ],
  "a ground truth of too many lines": [
    { ...flat, [groundTruth]: "1\n4\n4\n4\n", "synsets.txt": synsets },
    /ground_truth\.txt: expected 3 lines, one for each image in val\/, got 4$/,
  ],
  "an id above those of synsets.txt": [
    { ...flat, [groundTruth]: "1\n5\n4\n", "synsets.txt": synsets },
    /ground_truth\.txt: expected ILSVRC ids 1 to 4, got "5" in line 2$/,
  ],
  "an id that is no number": [
    { ...flat, [groundTruth]: "1\nn02\n4\n", "synsets.txt": synsets },
    /ground_truth\.txt: expected ILSVRC ids 1 to 4, got "n02" in line 2$/,
  ],
  "a ground truth for other images": [
    {
      ...train,
      "val/ILSVRC2012_val_00000001.JPEG": "1",
      "val/ILSVRC2012_val_00000003.JPEG": "3",
      [groundTruth]: "1\n4\n",
      "synsets.txt": synsets,
    },
    /expected images numbered from ILSVRC2012_val_00000001\.JPEG on, got .*00000003\.JPEG as number 2$/,
  ],
  "an id whose class training lacks": [
    { ...flat, [groundTruth]: "1\n4\n3\n", "synsets.txt": synsets },
    /expected val\/.*00000003\.JPEG to be of one of the 3 classes of the folders of .*train, got "n77"$/,
  ],
  "synsets with their meanings": [
    { ...flat, [groundTruth]: "1\n4\n4\n", "synsets.txt": "n10 kit fox\nn01\n" },
    /synsets\.txt: expected one synset per line, got "n10 kit fox" in line 1$/,
  ],
  "all synsets sorted by name, as Caffe lists them": [
    { ...flat, [groundTruth]: "1\n4\n4\n", "synsets.txt": sortedSynsets },
    /synsets\.txt: expected synsets in the order of the ILSVRC ids .*, got them sorted by name$/,
  ],
  "labels for fewer images": [
    { ...flat, "val_labels.txt": "ILSVRC2012_val_00000001.JPEG n10\n" },
    /val_labels\.txt: expected a line for each of the 3 images in val\/, but there is none for .*2\.JPEG$/,
  ],
  "labels for another image": [
    {
      ...flat,
      "val_labels.txt":
        "ILSVRC2012_val_00000001.JPEG n10\nILSVRC2012_val_00000002.JPEG n10\nx.JPEG n10\n",
    },
    /val_labels\.txt: expected "file class" of images in val\/, got "x\.JPEG n10" in line 3$/,
  ],
  "labels without a class": [
    { ...flat, "val_labels.txt": "ILSVRC2012_val_00000001.JPEG\n" },
    /val_labels\.txt: expected "file class" .*, got "ILSVRC2012_val_00000001\.JPEG" in line 1$/,
  ],
  "labels that are long and have control characters": [
    { ...flat, "val_labels.txt": `\x1b[31m${"x".repeat(200_000)}\n` },
    /expected "file class" .*, got "\\u001b\[31mx{70}\.\.\. \(200005 characters\)" in line 1$/,
  ],
  "a class whose name has control characters": [
    { ...inFolders, "val/n\x1b\n/v.jpg": "" },
    /expected val\/n\\u001b\\n\/v\.jpg to be .*, got "n\\u001b\\n"$/,
  ],
  "two labels for an image": [
    {
      ...flat,
      "val_labels.csv": "ILSVRC2012_val_00000001.JPEG,n01\nILSVRC2012_val_00000001,n02\n",
    },
    /val_labels\.csv: expected each file once, got "ILSVRC2012_val_00000001,n02" in line 2$/,
  ],
};

for (const [name, [files, message]] of Object.entries(BAD)) {
  Deno.test(`openImageFolder: refuses ${name} in one line`, () =>
    withFiles(files, async (dir) => {
      await assert.rejects(openImageFolder(dir), isUserError(message));
    }));
}

Deno.test("openImageFolder: refuses a folder that is none", () =>
  withFiles({ file: "" }, async (dir) => {
    await assert.rejects(
      openImageFolder(`${dir}/none`),
      isUserError(/none: expected a folder with val\/ and, for training, train\/: there is none$/),
    );
    await assert.rejects(
      openImageFolder(`${dir}/file`),
      isUserError(/file: expected a folder with val\//),
    );
    await assert.rejects(
      openImageFolder(dir, { parallel: 0 }),
      /at least 1 image at a time, got 0/,
    );
  }));

Deno.test("openImageFolder: both policies for images that cannot be read", () =>
  withFolder(async (dir) => {
    const whole = await jpeg(50, 40, texture());
    await writeTree(dir, {
      "train/n01/a.JPEG": whole,
      "train/n01/b.JPEG": whole.slice(0, 300),
      "train/n02/c.JPEG": "a text",
      "val/n02/d.png": await png(30, 30, texture(1)),
    });
    const how = { crop: "centre", size: 16, resize: 24 } as const;
    const lenient = (await openImageFolder(dir)).train;
    const { good, bad } = await lenient.read([0, 1, 2], how);
    assert.deepEqual([...good], [0]);
    assert.deepEqual(bad.map(({ path }) => path), ["train/n01/b.JPEG", "train/n02/c.JPEG"]);
    const strict = await openImageFolder(dir, { bad: "stop" });
    await assert.rejects(
      strict.train.read([0, 1], how),
      isUserError(/^reading .*train\/n01\/b\.JPEG: /),
    );
    assert.equal((await strict.test.read([0], how)).images.length, 3 * 16 ** 2);
  }));

Deno.test("openImageFolder: memory does not grow with what is read, and no more than reading, FFI and environment are allowed", () =>
  withFolder(async (dir) => {
    await writeTree(dir, {
      "train/n01/a.JPEG": await jpeg(300, 280, texture()),
      "train/n02/b.JPEG": await jpeg(280, 310, texture(1)),
      "val/n01/a.JPEG": "",
    });
    const script = fileURLToPath(new URL("./read_blocks.ts", import.meta.url));
    const permissions = ["--no-prompt", "--allow-read", "--allow-ffi", "--allow-env"];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", ...permissions, script, dir, "40"],
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const { grown, read } = JSON.parse(new TextDecoder().decode(stdout));
    assert.ok(
      read > 700 && grown < 200,
      `${read} MiB of pixels were read, memory grew by ${grown} MiB`,
    );
  }));

Deno.test("openImageFolder: val/ alone is enough, and there are no training images", () =>
  withFiles({ "val/n10/v.JPEG": "v", "val/n01/w.JPEG": "w" }, async (dir) => {
    const { classes, train, test } = await openImageFolder(dir);
    assert.deepEqual(classes, ["n01", "n10"]);
    assert.deepEqual([train.count, test.count], [0, 2]);
  }));

for (
  const [name, files] of Object.entries({
    "nothing": {},
    "no class": { "classes.txt": "n01\nn10\n" },
  })
) {
  Deno.test(`openImageFolder: a train/ with ${name} in it is none`, () =>
    withFiles({ "val/n10/v.JPEG": "v", "val/n01/w.JPEG": "w", ...files }, async (dir) => {
      await Deno.mkdir(`${dir}/train`);
      const { classes, train, test } = await openImageFolder(dir);
      assert.deepEqual([classes, train.count, test.count], [["n01", "n10"], 0, 2]);
    }));
}

/** What lies beside two good classes, how its class counts, and what is said of it. */
const NOTHING: Readonly<
  Record<string, [make: (dir: string) => Promise<void>, classes: number, said: RegExp]>
> = {
  "an empty validation folder": [
    (dir) => writeTree(dir, { "val/n03/readme.txt": "" }),
    3,
    /val\/n03: expected a class's images, got none$/,
  ],
  "an empty training folder": [
    (dir) => writeTree(dir, { "train/n01/a.png": "", "train/n02/a.png": "", "train/n03/x": "" }),
    3,
    /train\/n03: expected a class's images, got none$/,
  ],
  "a class folder whose disk is not there": [
    (dir) => Deno.symlink(`${dir}/none`, `${dir}/val/n03`),
    3,
    /val\/n03: expected a class's images, got a broken link$/,
  ],
  "an image beside class folders": [
    (dir) => writeTree(dir, { "val/a.png": "" }),
    2,
    /val\/a\.png: expected an image in a class folder, got one beside them$/,
  ],
  "a training image where there are no class folders": [
    (dir) => writeTree(dir, { "classes.txt": "n01\nn02\n", "train/a.png": "" }),
    2,
    /train\/a\.png: expected an image in a class folder, got one beside them$/,
  ],
};

for (const [name, [make, count, said]] of Object.entries(NOTHING)) {
  Deno.test(`openImageFolder: ${name} is left out and told of, or ends the opening`, () =>
    withFiles({ "val/n01/a.png": "", "val/n02/a.png": "" }, async (dir) => {
      await make(dir);
      const { classes, test, leftOut } = await openImageFolder(dir);
      assert.deepEqual([classes.length, test.count, leftOut.length], [count, 2, 1]);
      assert.match(`${leftOut[0]!.path}: ${leftOut[0]!.reason}`, said);
      await assert.rejects(openImageFolder(dir, { bad: "stop" }), isUserError(said));
    }));
}

Deno.test("openImageFolder: files of all image types, and links that lead nowhere, are images that may be bad", () =>
  withFolder(async (dir) => {
    const orange = drawn(30, 30, () => [200, 100, 50]);
    await writeTree(dir, {
      "val/n01/a.webp": await orange.webp({ lossless: true }).toBuffer(),
      "val/n01/b.GIF": await orange.gif().toBuffer(),
      "val/n01/c.bmp": "BM",
      "val/n01/d.tif": await orange.tiff().toBuffer(),
      "val/n01/e.txt": "none",
    });
    await Deno.symlink("nowhere", `${dir}/val/n01/more`);
    const { test } = await openImageFolder(dir);
    const { good, bad } = await test.read([0, 1, 2, 3, 4], { crop: "centre", size: 8, resize: 8 });
    assert.deepEqual([...good], [0, 1]);
    assert.deepEqual(bad.map(({ path, reason }) => `${path} ${reason.split(" image")[1]}`), [
      "val/n01/c.bmp , got a file of type BMP",
      "val/n01/d.tif , got a file of type TIFF",
      "val/n01/more : there is none",
    ]);
  }));

Deno.test("openImageFolder: a train that leads nowhere is told of, not taken for none", () =>
  withFiles({ "val/n01/a.png": "" }, async (dir) => {
    await Deno.symlink(`${dir}/none`, `${dir}/train`);
    await assert.rejects(
      openImageFolder(dir),
      isUserError(/train: expected class folders: there is none$/),
    );
  }));

/** What can stand where an image should, and what is said of it. */
const NO_IMAGES: Readonly<
  Record<string, [make: (path: string) => Promise<void>, reason: RegExp]>
> = {
  "a broken link": [
    (path) => Deno.symlink(`${path}.none`, path),
    /^expected a JPEG, PNG, WebP or GIF image: there is none$/,
  ],
  "a link to itself": [
    (path) => Deno.symlink(path, path),
    /^expected a JPEG, PNG, WebP or GIF image: /,
  ],
  "a folder": [(path) => Deno.mkdir(path), /image: it is a folder$/],
  "a link to a folder": [(path) => Deno.symlink("/", path), /image: it is a folder$/],
  "a pipe": [
    async (path) => void await new Deno.Command("mkfifo", { args: [path] }).output(),
    /image: it is a pipe or a device, not a file$/,
  ],
  "a device": [
    (path) => Deno.symlink("/dev/zero", path),
    /image: it is a pipe or a device, not a file$/,
  ],
  "a file of ten gigabytes": [
    async (path) => {
      await Deno.create(path).then((file) => file.close());
      await Deno.truncate(path, 1e10);
    },
    /image: it has 10000000000 bytes, more than 268435456$/,
  ],
  "a column of pixels": [
    (path) => Deno.writeFile(path, pngHeader(1, 4000)),
    /^expected an image of at most .*, got 1 x 4000$/,
  ],
};

for (const [name, [make, reason]] of Object.entries(NO_IMAGES)) {
  Deno.test(`openImageFolder: ${name} in place of an image is left out, or ends the reading by name`, () =>
    withFolder(async (dir) => {
      const whole = await png(30, 30, texture());
      await writeTree(dir, { "train/n01/a.png": whole, "val/n01/a.png": whole });
      await make(`${dir}/train/n01/b.png`);
      const how = { crop: "centre", size: 16, resize: 24 } as const;
      const { train } = await openImageFolder(dir);
      assert.deepEqual(train.paths, ["train/n01/a.png", "train/n01/b.png"]);
      const { good, bad } = await train.read([0, 1], how);
      assert.deepEqual([...good], [0]);
      assert.deepEqual(bad.map(({ path }) => path), ["train/n01/b.png"]);
      assert.match(bad[0]!.reason, reason);
      const strict = await openImageFolder(dir, { bad: "stop" });
      await assert.rejects(
        strict.train.read([0, 1], how),
        isUserError(/^reading .*train\/n01\/b\.png: expected /),
      );
    }));
}
