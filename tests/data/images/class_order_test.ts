import assert from "node:assert/strict";
import { openImageFolder } from "../../../lib/data/images/image_folder.ts";
import { withFolder } from "../idx/fixture.ts";
import { isUserError } from "../user_error.ts";
import { writeTree } from "./image_fixture.ts";

type Files = Readonly<Record<string, string>>;

/** An empty image for each path: only listing needs the files. */
const images = (...paths: string[]): Files => Object.fromEntries(paths.map((path) => [path, ""]));
const pets = images("val/cat/a.png", "val/dog/b.png", "val/emu/c.png");
const flat = images("val/a.png", "val/b.jpg", "val/c.png");
const listed = "ant\nemu\nbee\ncat\ndog\n";
const synsets = Array.from({ length: 1000 }, (_, i) => `n${10_000_000 + 7 * i}`);
const groundTruth = "ILSVRC2012_validation_ground_truth.txt";

/** Opens a folder of files; notes are without the folder's own name. */
async function opened(files: Files) {
  const notes: string[] = [];
  let folder: Awaited<ReturnType<typeof openImageFolder>> | undefined;
  await withFolder(async (dir) => {
    await writeTree(dir, files);
    folder = await openImageFolder(dir, {
      onNote: (note) => notes.push(note.replaceAll(`${dir}/`, "")),
    });
  });
  return { ...folder!, notes };
}

interface Case {
  readonly files: Files;
  readonly labels: readonly number[];
  readonly classes: number;
  readonly notes: readonly RegExp[];
}

const CASES: Readonly<Record<string, Case>> = {
  "folders alone, by the alphabet": {
    files: pets,
    labels: [0, 1, 2],
    classes: 3,
    notes: [
      /^3 classes of the folders of val, in alphabetical order \(.*classes\.txt.*\): cat is 0, dog is 1, emu is 2$/,
    ],
  },
  "folders named by numbers, in their order": {
    files: images(...Array.from({ length: 12 }, (_, i) => `val/${i}/a.png`)),
    labels: [0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9], // of paths sorted by name
    classes: 12,
    notes: [
      /^12 classes of .*val, in the order of their numbers .*: 0 is 0, 1 is 1, 2 is 2, \.\.\.$/,
    ],
  },
  "folders named by numbers from 1 on": {
    files: images("val/2/a.png", "val/10/a.png", "val/1/a.png"),
    labels: [0, 2, 1],
    classes: 3,
    notes: [/: 1 is 0, 2 is 1, 10 is 2$/],
  },
  "classes.txt, in the order of its lines": {
    files: { ...pets, "classes.txt": listed },
    labels: [3, 4, 1],
    classes: 5,
    notes: [
      /^5 classes of classes\.txt, in the order of its lines: ant is 0, emu is 1, bee is 2, /,
    ],
  },
  "classes.txt of an editor on Windows, with spaces in names": {
    files: { ...images("val/kit fox/a.png"), "classes.txt": "\ufeffant\r\nkit fox\r\n\r\n" },
    labels: [1],
    classes: 2,
    notes: [/classes\.txt/],
  },
  "synsets.txt for some of a thousand classes": {
    files: {
      ...images(`val/${synsets[7]}/a.png`, `val/${synsets[999]}/a.png`),
      "synsets.txt": synsets.join("\n"),
    },
    labels: [7, 999],
    classes: 1000,
    notes: [/^1000 classes of synsets\.txt/],
  },
  "a list in val/": {
    files: { ...pets, "val/classes.txt": listed },
    labels: [3, 4, 1],
    classes: 5,
    notes: [/^5 classes of val\/classes\.txt/],
  },
  "classes.txt before synsets.txt": {
    files: { ...pets, "synsets.txt": "cat\ndog\nemu\n", "classes.txt": listed },
    labels: [3, 4, 1],
    classes: 5,
    notes: [/classes\.txt/],
  },
  "a list for training folders too": {
    files: { ...pets, ...images("train/dog/d.png"), "classes.txt": listed },
    labels: [3, 4, 1],
    classes: 5,
    notes: [/classes\.txt/],
  },
  "the devkit's synsets.txt names ids: models have the thousand by the alphabet": {
    files: {
      ...images("val/ILSVRC2012_val_00000001.JPEG"),
      [groundTruth]: "2\n",
      "synsets.txt": [...synsets.toReversed(), "n99999999"].join("\n"),
    },
    labels: [998],
    classes: 1000,
    notes: [/^1000 classes of synsets\.txt, in alphabetical order/],
  },
  "a header, and names without extension": {
    files: {
      ...flat,
      "classes.txt": listed,
      "val_labels.csv": "ImageId,Label\nb,dog\na,emu\nc.png,dog\n",
    },
    labels: [1, 4, 4],
    classes: 5,
    notes: [
      /^val_labels\.csv: line 1 is read as a header: "ImageId,Label"$/,
      /^5 classes of classes\.txt/,
    ],
  },
  "quotes, spaces in names of files and classes": {
    files: {
      ...images("val/my cat.png", "val/my.png"),
      "val_labels.csv": '"my cat.png","kit fox"\nmy.png\tpolar bear\n',
    },
    labels: [0, 1],
    classes: 2,
    notes: [
      /^2 classes of val_labels\.csv, in alphabetical order .*: kit fox is 0, polar bear is 1$/,
    ],
  },
  "numbers of classes from 0": {
    files: { ...flat, "classes.txt": listed, "val_labels.txt": "a 0\nb 3\nc 4\n" },
    labels: [0, 3, 4],
    classes: 5,
    notes: [/^val_labels\.txt: labels are .* class numbers that count from 0$/, /^5 classes/],
  },
  "numbers of classes from 1": {
    files: { ...flat, "classes.txt": listed, "val_labels.txt": "a 5\nb 3\nc 1\n" },
    labels: [4, 2, 0],
    classes: 5,
    notes: [/^val_labels\.txt: labels are .* class numbers that count from 1$/, /^5 classes/],
  },
  "numbers that are the names of training folders": {
    files: {
      ...flat,
      ...images("train/10/x.png", "train/2/x.png", "train/3/x.png"),
      "val_labels.txt": "a 10\nb 2\nc 3\n",
    },
    labels: [2, 0, 1],
    classes: 3,
    notes: [/^3 classes of the folders of train, in the order of their numbers/],
  },
  "numbers where nothing names the classes": {
    files: { ...flat, "val_labels.txt": "a 1\nb 10\nc 2\n" },
    labels: [0, 2, 1],
    classes: 3,
    notes: [
      /^3 classes of val_labels\.txt, in the order of their numbers .*: 1 is 0, 2 is 1, 10 is 2$/,
    ],
  },
};

for (const [name, { files, labels, classes, notes }] of Object.entries(CASES)) {
  Deno.test(`classes of image folders: ${name}`, async () => {
    const folder = await opened(files);
    assert.deepEqual([...folder.test.labels], labels);
    assert.equal(folder.classes.length, classes);
    assert.equal(folder.notes.length, notes.length, folder.notes.join("\n"));
    notes.forEach((note, i) => assert.match(folder.notes[i]!, note));
  });
}

const withLabels = (labels: string): Files => ({
  ...flat,
  "classes.txt": listed,
  "val_labels.txt": labels,
});

const BAD: Readonly<Record<string, [files: Files, message: RegExp]>> = {
  "a folder that the list lacks": [
    { ...pets, "classes.txt": "cat\ndog\n" },
    /expected val\/emu\/c\.png to be of one of the 2 classes of .*classes\.txt, got "emu"$/,
  ],
  "a class listed twice": [
    { ...pets, "classes.txt": "cat\ndog\ncat\n" },
    /classes\.txt: expected each class once, got "cat" in line 3$/,
  ],
  "an empty line in a list": [
    { ...pets, "classes.txt": "cat\n\ndog\n" },
    /classes\.txt: expected a class's name in every line, got "" in line 2$/,
  ],
  "an empty list": [
    { ...pets, "synsets.txt": "" },
    /expected a class's name .*, got "" in line 1$/,
  ],
  "numbers that may count from 0 or from 1": [
    withLabels("a 1\nb 4\nc 2\n"),
    /val_labels\.txt: expected names .* smallest 0 or the largest 5: got 1 to 4, which may count from 0 or/,
  ],
  "numbers from 0 to the number of classes": [
    withLabels("a 0\nb 5\nc 2\n"),
    /val_labels\.txt: expected the numbers 0 to 4 or 1 to 5 of the classes of .*classes\.txt, got 0 to 5$/,
  ],
  "numbers beyond the classes": [withLabels("a 1\nb 6\nc 2\n"), /got 1 to 6$/],
  "numbers and names": [
    withLabels("a 1\nb dog\nc 2\n"),
    /expected val\/a\.png to be of one of the 5 classes of .*classes\.txt, got "1"$/,
  ],
  "a name without extension that two images have": [
    {
      ...images("val/a.png", "val/a.jpg"),
      "val_labels.txt": "a.png cat\na dog\n",
    },
    /expected "file class" of images in val\/, got "a dog" in line 2$/,
  ],
  "a first line of an image that is not there": [
    withLabels("z.png cat\na cat\nb cat\nc cat\n"),
    /expected "file class" of images in val\/, got "z\.png cat" in line 1$/,
  ],
  "only a header": [withLabels("file class\n"), /expected a line for each of the 3 images/],
};

for (const [name, [files, message]] of Object.entries(BAD)) {
  Deno.test(`classes of image folders: ${name} is refused`, async () => {
    await assert.rejects(opened(files), isUserError(message));
  });
}

Deno.test("classes of image folders: the checksum is of the labels too", async () => {
  const lists = [undefined, listed, "cat\ndog\nemu\n", "emu\ndog\ncat\n", "cat\ndog\nemu\nfox\n"];
  const checksums = await Promise.all(
    lists.map(async (list) =>
      (await opened({ ...pets, ...(list ? { "classes.txt": list } : {}) })).checksum
    ),
  );
  assert.equal(checksums[0], checksums[2]);
  assert.equal(new Set(checksums).size, 4);
});
