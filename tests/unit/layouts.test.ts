import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import type { CustomTask } from "../../src/contracts/customTask";
import type { FileTree } from "../../src/data/fileTree";
import { isJunk } from "../../src/data/fileTree";
import { encodePng } from "../../src/data/io/png";
import { type OpenedData, openData } from "../../src/data/layouts";
import { browserFiles } from "../../src/runtime/platform/chosenFiles";
import { nodeFiles } from "../../src/runtime/platform/node/nodeFiles";

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const photo = (shade: number, width = 4, height = 3): Uint8Array =>
  encodePng({ width, height, channels: 3, data: new Uint8Array(width * height * 3).fill(shade) });
const label = (value: number, width = 4, height = 3): Uint8Array =>
  encodePng({ width, height, channels: 1, data: new Uint8Array(width * height).fill(value) });
const memoryFiles = (files: Record<string, Uint8Array>): FileTree => ({
  list: async () => Object.keys(files),
  read: async (path) => {
    const bytes = files[path];
    if (!bytes) throw new Error(`no ${path}`);
    return bytes;
  },
});
const open = (files: Record<string, Uint8Array>): Promise<OpenedData> =>
  openData(memoryFiles(files), { name: "test", seed: 1 });
const reasons = (opened: OpenedData): Record<string, string> =>
  Object.fromEntries(opened.report.map(({ path, reason }) => [path, reason]));

/** Ten images with semseg labels whose class is the image's number. */
function tenImages(prefix = ""): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < 10; i++) {
    files[`${prefix}images/n${i}.png`] = photo(i);
    files[`${prefix}semseg/n${i}.png`] = label(i);
  }
  return files;
}
async function ids({ source }: OpenedData, split: "train" | "val"): Promise<string[]> {
  const found: string[] = [];
  for (let i = 0; i < source.size[split]; i++) found.push((await source.load(split, i)).id);
  return found;
}

describe("the plain layout", () => {
  it("matches labels to images by name and gives every labelled task, and that alone", async () => {
    const { source, report } = await open({ ...tenImages(), "depth/n1.png": deepLabel(1500) });
    expect(report).toEqual([]);
    expect(source.tasks).toEqual([{ task: "semseg", classCount: 10 }, { task: "depth" }]);
    for (const split of ["train", "val"] as const) {
      for (let i = 0; i < source.size[split]; i++) {
        const { id, image, labels } = await source.load(split, i);
        const number = Number(id.slice(1));
        expect([image.width, image.height, image.data[0]]).toEqual([4, 3, number]);
        expect(labels.semseg?.data[5]).toBe(number);
        expect(labels.depth?.data[0]).toBe(number === 1 ? 1.5 : undefined);
      }
    }
    expect((await open(tenImages())).source.tasks).toEqual([{ task: "semseg", classCount: 10 }]);
  });

  it("holds out a fifth by seed without split files, and keeps a name's rank when others come", async () => {
    const opened = await open(tenImages());
    const [train, val] = [await ids(opened, "train"), await ids(opened, "val")];
    expect([train.length, val.length]).toEqual([8, 2]);
    expect(new Set([...train, ...val]).size).toBe(10);
    expect(await ids(await open(tenImages()), "val")).toEqual(val);
    const more = await open({ ...tenImages(), "images/zz.png": photo(1), "semseg/zz.png": label(1) });
    const kept = (await ids(more, "val")).filter((id) => val.includes(id));
    expect(kept.length).toBeGreaterThanOrEqual(1);
  });

  it("follows train.txt and val.txt, with bare names, file names or paths; a name in both is held out", async () => {
    const opened = await open({
      ...tenImages(),
      "train.txt": text("n0\r\nn1.png\n\nimages/n2.png\nn3\nmissing\n"),
      "val.txt": text("n3\nn4\n"),
    });
    expect(await ids(opened, "train")).toEqual(["n0", "n1", "n2"]);
    expect(await ids(opened, "val")).toEqual(["n3", "n4"]);
    const found = opened.report.map(({ path, reason }) => `${path} ${reason}`).join("\n");
    expect(found).toContain("train.txt lists missing, which has no labelled image");
    expect(found).toContain("train.txt lists n3, which val.txt lists too; it is held out");
    expect(found).toContain("images/n9 is in neither train.txt nor val.txt");
  });

  it("gives the rest to the other split where there is one list alone", async () => {
    const opened = await open({ ...tenImages(), "val.txt": text("n7") });
    expect(opened.source.size).toEqual({ train: 9, val: 1 });
    await expect(open({ ...tenImages(), "train.txt": text("nobody") })).rejects.toThrow(
      "No labelled image is left for train",
    );
  });

  it("takes class names from classes.txt and refuses a label beyond them, naming the file", async () => {
    const { source } = await open({
      ...tenImages(),
      "classes.txt": text("sky\nroad\n"),
      "train.txt": text("n0\nn1\nn9"),
    });
    expect(source.tasks).toEqual([{ task: "semseg", classes: ["sky", "road"], classCount: 2 }]);
    await source.load("train", 1);
    await expect(source.load("train", 2)).rejects.toThrow(
      "semseg/n9.png has class 9, but there are 2 classes (0 to 1;",
    );
  });

  it("reports what it leaves out, with the reason", async () => {
    const opened = await open({
      ...tenImages(),
      "readme.md": text("hello"),
      "images/n0.jpg": photo(1),
      "images/alone.png": photo(1),
      "images/notes.gif": photo(1),
      "semseg/stray.png": label(1),
      "semseg/n1.npy": label(1),
      "semseg/n2.txt": label(1),
    });
    expect(reasons(opened)).toEqual({
      "readme.md": "is not part of the plain layout",
      "images/n0.png": "has the same name as images/n0.jpg, which is used",
      "images/alone.png": "has no label of any task",
      "images/notes.gif": "is neither a JPEG, a PNG nor an NPY file",
      "semseg/stray.png": "has no image named stray in images/",
      "semseg/n1.png": "has the same name as semseg/n1.npy, which is used",
      "semseg/n2.txt": "is not a PNG, JPEG, NPY or MAT file, as labels must be",
    });
  });

  it("tells of folders that no built-in task has, guesses what they hold, and reads them for a task of that name", async () => {
    const files: Record<string, Uint8Array> = {
      ...tenImages(),
      "Rough Notes/n1.png": label(1),
      "broken/n1.png": text("no picture"),
    };
    for (let i = 0; i < 10; i++) {
      files[`materials/n${i}.png`] = label(i % 3);
      files[`mask/n${i}.png`] = label(255);
      files[`height/n${i}.png`] = deepLabel(300 + i);
      files[`facing/n${i}.png`] = colours(128, 128, 255);
      files[`flow/n${i}.png`] = colours(10, 20, 30);
    }
    const opened = await open(files);
    const { source } = opened;
    expect(source.folders!.map(({ name, kind, files: count }) => [name, kind, count])).toEqual([
      ["facing", "unit", 10],
      ["flow", "regression", 10],
      ["height", "regression", 10],
      ["mask", "binary", 10],
      ["materials", "classes", 10],
    ]);
    // Over several files: the first alone shows one class of the three.
    expect(source.folders!.map(({ classes }) => classes)).toEqual([undefined, undefined, undefined, undefined, 3]);
    const notes = reasons(opened);
    expect(notes["materials/"]).toMatch(
      /1 channel of 8 bits, 1 different value,.*Define a task with the id "materials"/,
    );
    expect(notes["Rough Notes/"]).toMatch(/Rename the folder/);
    expect(notes["broken/"]).toMatch(/no readable PNG, JPEG, NPY or MAT file/);
    expect(source.tasks).toEqual([{ task: "semseg", classCount: 10 }]);

    const own = source.withTasks!([materials, height, { ...height, id: "nowhere" }]);
    expect(own.tasks).toEqual([
      { task: "semseg", classCount: 10 },
      { task: "materials", format: materials, classCount: 3 },
      { task: "height", format: height },
    ]);
    expect(own.size).toEqual(source.size);
    const { id, labels } = await own.load("train", 2);
    expect((await source.load("train", 2)).id).toBe(id);
    const number = Number(id.slice(1));
    expect([labels.semseg, labels["materials"], labels["height"]].map((map) => map!.data[0])).toEqual([
      number,
      number % 3,
      Math.fround((300 + number) / 1000),
    ]);
    const two = source.withTasks!([{ ...materials, classes: 2 }]);
    const loads = Array.from({ length: two.size.train }, (_, i) => two.load("train", i));
    await expect(Promise.all(loads)).rejects.toThrow(
      /materials\/n\d\.png has class 2, but there are 2 classes.*customTasks/,
    );
  });

  it("opens a folder that has labels of the user's own alone, and splits it alike whatever tasks a run defines", async () => {
    const files = Object.fromEntries(
      Object.entries(tenImages()).map(([path, bytes]) => [path.replace("semseg/", "materials/"), bytes]),
    );
    const opened = await open(files);
    expect(opened.source.tasks).toEqual([]);
    expect(await ids(opened, "val")).toEqual(await ids(await open(tenImages()), "val"));
  });

  it("refuses a label of another size, and a damaged file, naming them", async () => {
    const all = text(Array.from({ length: 9 }, (_, i) => `n${i}`).join("\n"));
    const wrong = await open({ ...tenImages(), "train.txt": all, "semseg/n0.png": label(0, 5, 3) });
    await expect(wrong.source.load("train", 0)).rejects.toThrow(
      "semseg/n0.png is 5×3 but its image images/n0.png is 4×3. Export labels at the size of their image.",
    );
    const damaged = await open({ ...tenImages(), "train.txt": all, "images/n0.png": text("not an image") });
    await expect(damaged.source.load("train", 0)).rejects.toThrow(
      /Cannot use images\/n0.png: .* neither a JPEG nor a PNG/,
    );
    await expect(damaged.source.load("train", 99)).rejects.toThrow("There is no sample 99 in train");
  });
});

describe("openData", () => {
  it("looks through folders around the data and past what systems leave behind", async () => {
    const { source, report } = await open({
      ...tenImages("outer/my set/"),
      "__MACOSX/outer/._x": text(""),
      "outer/my set/images/._n0.png": text(""),
      "outer/.DS_Store": text(""),
      "outer/my set/images/Thumbs.db": text(""),
    });
    expect(report).toEqual([]);
    expect(source.size.train + source.size.val).toBe(10);
  });

  it("says what it expected and what it found", async () => {
    await expect(open({ "a/x.txt": text("1"), "b/y.txt": text("2") })).rejects.toThrow(
      /test is not a data set in a known layout\. Expected: .*plain: a folder images\/ .* Found: 2 files, such as a\/x.txt, b\/y.txt\./,
    );
    await expect(open({})).rejects.toThrow("Found: no files.");
    await expect(open({ "images/a.png": photo(1), "images/b.png": photo(1) })).rejects.toThrow(
      "needs at least two images with labels, but 0 of 2 images",
    );
  });
});

describe("file trees", () => {
  it("give the same data set from a folder on disk and from dropped files", async () => {
    const root = await mkdtemp(join(tmpdir(), "files-"));
    try {
      const files = tenImages("set/");
      for (const [path, bytes] of Object.entries(files)) {
        await mkdir(join(root, path, ".."), { recursive: true });
        await writeFile(join(root, path), bytes);
      }
      await symlink(root, join(root, "set", "loop"));
      const onDisk = await openData(await nodeFiles(root), { name: "disk", seed: 1 });
      const dropped = browserFiles(
        Object.entries(files).map(([path, bytes]) => ({
          path: `/${path}`,
          file: new Blob([bytes as Uint8Array<ArrayBuffer>]),
        })),
      );
      const inPage = await openData(dropped, { name: "page", seed: 1 });
      expect(await ids(onDisk, "val")).toEqual(await ids(inPage, "val"));
      expect(await onDisk.source.load("train", 3)).toEqual(await inPage.source.load("train", 3));
      await expect(dropped.read("nowhere")).rejects.toThrow("nowhere is not among the chosen files.");
      await expect(nodeFiles(join(root, "nowhere"))).rejects.toThrow("is not a folder or a zip archive");
    } finally {
      await rm(root, { recursive: true });
    }
  });

  it("give the same data set from a zip archive, whatever else a desktop packed into it", async () => {
    const root = await mkdtemp(join(tmpdir(), "zip-"));
    try {
      const files = tenImages("set/");
      const junk = { "__MACOSX/set/._n1.png": new Uint8Array(8), "set/.DS_Store": new Uint8Array(8) };
      await writeFile(join(root, "data.zip"), zipSync({ ...files, ...junk }));
      const packed = await openData(await nodeFiles(join(root, "data.zip")), { name: "zip", seed: 1 });
      const plain = await open(files);
      expect(packed.report).toEqual([]);
      expect(packed.source.size).toEqual(plain.source.size);
      expect((await packed.source.load("train", 3)).image.data.length).toBe(4 * 3 * 3);
      await writeFile(join(root, "cut.zip"), zipSync(files).subarray(0, 300));
      await expect(nodeFiles(join(root, "cut.zip"))).rejects.toThrow(/cut\.zip/);
    } finally {
      await rm(root, { recursive: true });
    }
  });

  it("know junk by any part of the path", () => {
    expect(["a/.DS_Store", "__MACOSX/a/b.png", "a/._b.png", "THUMBS.DB"].every(isJunk)).toBe(true);
    expect(["a/b.png", "a/.hidden/b.png", "images/thumbs.png"].some(isJunk)).toBe(false);
  });
});

const materials = {
  id: "materials",
  label: "Materials",
  kind: "classes",
  classes: 3,
  loss: "cross_entropy",
  metric: "miou",
  colours: "voc",
  weight: 1,
} as const satisfies CustomTask;
const height: CustomTask = {
  id: "height",
  label: "Height",
  kind: "regression",
  channels: 1,
  scale: 0.001,
  offset: 0,
  flipX: false,
  loss: "l1",
  metric: "rmse",
  colours: "grey",
  weight: 1,
};

function colours(...rgb: readonly [number, number, number]): Uint8Array {
  return encodePng({ width: 4, height: 3, channels: 3, data: Uint8Array.from({ length: 36 }, (_, i) => rgb[i % 3]!) });
}

function deepLabel(millimetres: number): Uint8Array {
  return encodePng({ width: 4, height: 3, channels: 1, data: new Uint16Array(12).fill(millimetres) });
}
