import { describe, expect, it } from "vitest";
import { openData } from "../../src/data/layouts";
import { dataSets } from "../dataSets";
import { type Files, text } from "../dataSets/dataSet";
import { filled, grey, SIZE } from "../dataSets/injuries";
import { memoryTree } from "../dataSets/memoryTree";
import { writeMat } from "../dataSets/writeMat";
import { answersOrRefuses } from "./corruptions";

const [WIDTH, HEIGHT] = [SIZE.width, SIZE.height];

describe("folders and lists that are made to harm", () => {
  const small = dataSets["plain-depth"]!(SIZE).files;
  const within = (folder: string): Files =>
    Object.fromEntries(Object.entries(small).map(([path, bytes]) => [folder + path, bytes]));

  it("thousands of folders around the data are not looked through", async () => {
    const open = (depth: number) => openData(memoryTree(within("a/".repeat(depth))), { name: "deep", seed: 1 });
    expect((await open(12)).layout).toBe("plain");
    expect(await answersOrRefuses(() => open(5000))).toBeUndefined();
  });

  it("long names and lists of names without images make short reports", async () => {
    const long = `${"x".repeat(30_000)}.${"1".repeat(30_000)}`;
    const noise = Array.from({ length: 20_000 }, (_, i) => `nobody ${i} ${i === 0 ? "y".repeat(100_000) : ""}`).join(
      "\n",
    );
    const known = Object.keys(small).filter((path) => path.startsWith("images/"));
    const files = { ...small, [`notes/${long}`]: text("1"), "train.txt": text(`${known[0]}\n${noise}`) };
    const started = performance.now();
    const { report } = await openData(memoryTree(files), { name: "long", seed: 1 });
    expect(performance.now() - started).toBeLessThan(5000);
    expect(report.length).toBeLessThan(5);
    expect(report.find(({ path }) => path === "train.txt")!.reason).toMatch(
      /^lists 20000 names that have no labelled image, such as nobody 0 y+, nobody 1, nobody 2$/,
    );
  });

  it("more classes than labels can hold are refused", async () => {
    const files = { ...dataSets["plain-pictures"]!(SIZE).files, "classes.txt": text("one\n".repeat(300)) };
    await expect(openData(memoryTree(files), { name: "classes", seed: 1 })).rejects.toThrow(
      "classes.txt names 300 classes; 255 are the most",
    );
  });

  it("a label of its image's size laid on its side is refused, also where labels are resized", async () => {
    const { files } = dataSets["nyud_mt-mti"]!(SIZE);
    const path = "segmentation/1.png";
    const turned = await openData(memoryTree({ ...files, [path]: grey(HEIGHT, WIDTH, 8, 1) }), {
      name: "turned",
      seed: 1,
    });
    await expect(turned.source.load("train", 0)).rejects.toThrow(
      "segmentation/1.png is 8×12 but its image images/1.jpg is 12×8",
    );
    const halved = await openData(memoryTree({ ...files, [path]: grey(WIDTH / 2, HEIGHT / 2, 8, 4) }), {
      name: "halved",
      seed: 1,
    });
    expect((await halved.source.load("train", 0)).labels.semseg!.data).toEqual(
      new Float32Array(WIDTH * HEIGHT).fill(3),
    );
  });

  it.each([
    [
      "pascal-context/trainval",
      "LabelMap",
      [HEIGHT, WIDTH],
      Number.NaN,
      /context labels are one whole number from 0 a pixel/,
    ],
    [
      "pascal-context/trainval",
      "LabelMap",
      [HEIGHT, WIDTH, 3],
      1,
      /context labels are one whole number from 0 a pixel/,
    ],
    ["human_parts", "anno", [HEIGHT, WIDTH], 1, /no part annotation/],
  ])("%s of PASCAL with %s of [%s] times %s is refused", async (folder, name, shape, value, message) => {
    const { files } = dataSets["pascal_mt"]!(SIZE);
    const path = `${folder}/2008_000000.mat`;
    const data = filled(
      shape.reduce((a, b) => a * b, 1),
      value,
    );
    const wrong = { ...files, [path]: writeMat({ [name]: { class: "double", shape, data } }) };
    const { source } = await openData(memoryTree(wrong), { name: "wrong", seed: 1 });
    await expect(source.load("train", 0)).rejects.toThrow(message);
    await expect(source.load("train", 0)).rejects.toThrow(`Cannot use ${path}`);
  });

  it("one unreadable label among those that are counted for classes leaves the others to be counted", async () => {
    const { files, tasks } = dataSets["mtan-nyuv2"]!(SIZE);
    const cut = { ...files, "train/label/0.npy": text("cut") };
    const { source } = await openData(memoryTree(cut), { name: "cut", seed: 1 });
    const { classCount } = source.tasks[0]!;
    expect(classCount).toBeGreaterThan(2);
    expect(classCount).toBeLessThanOrEqual(tasks["semseg"]!.classCount!);
    await expect(source.load("train", 0)).rejects.toThrow("Cannot use train/label/0.npy");
  });
});
