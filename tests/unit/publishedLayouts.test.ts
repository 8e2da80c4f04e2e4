/** What loaders of published data sets do with unusual files, and we with them: photographs that carry a turn, people without parts, names. */
import { describe, expect, it } from "vitest";
import { IGNORE } from "../../src/contracts/sample";
import { upright } from "../../src/data/io/exif";
import { openData } from "../../src/data/layouts";
import { surveyData } from "../../src/data/survey";
import { dataSets } from "../dataSets";
import { type Files, text } from "../dataSets/dataSet";
import { memoryTree } from "../dataSets/memoryTree";
import { emptyArray, type MatContent, scalar, writeMat } from "../dataSets/writeMat";
import { writePng } from "../dataSets/writePng";
import { decodeImage } from "../reference/decodeImage";

const SQUARE = { width: 12, height: 12, train: 2, val: 1 };
const open = (files: Files) => openData(memoryTree(files), { name: "published", seed: 1 });

/** The same JPEG with an EXIF part that has the orientation tag alone. */
function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  const content = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff];
  const part = [0xff, 0xe1, 0, content.length + 2, ...content];
  return Uint8Array.from([...jpeg.subarray(0, 2), ...part, ...jpeg.subarray(2)]);
}

describe("a photograph whose EXIF tag turns it", () => {
  const TURNED = [2, 3, 4, 5, 6, 7, 8];

  it.each([
    ["pascal_mt", "JPEGImages/2008_000000.jpg"],
    ["nyud_mt-mti", "images/1.jpg"],
  ])("stays as it is stored in %s, where its labels lie", async (name, path) => {
    const { files } = dataSets[name]!(SQUARE);
    const stored = decodeImage(files[path]!);
    for (const orientation of TURNED) {
      const opened = await open({ ...files, [path]: withOrientation(files[path]!, orientation) });
      const { image } = await opened.source.load("train", 0);
      expect(image.data).toEqual(stored.data);
      expect((await surveyData(opened)).problems.filter(({ reason }) => reason.includes("EXIF"))).toEqual([]);
    }
  });

  it("is turned in folders of a person's own, with a note where its labels have the size of both", async () => {
    const photograph = dataSets["nyud_mt-mti"]!(SQUARE).files["images/1.jpg"]!;
    const label = dataSets["nyud_mt-mti"]!(SQUARE).files["segmentation/1.png"]!;
    for (const orientation of [1, ...TURNED]) {
      const opened = await open({
        "images/a.jpg": withOrientation(photograph, orientation),
        "images/b.jpg": photograph,
        "semseg/a.png": label,
        "semseg/b.png": label,
        "train.txt": text("a"),
        "val.txt": text("b"),
      });
      const { image } = await opened.source.load("train", 0);
      expect(image.data).toEqual(upright(decodeImage(photograph), orientation).data);
      const { problems, samples } = await surveyData(opened);
      const noted = problems.filter(({ reason }) => reason.includes("EXIF tag")).map(({ path }) => path);
      expect(noted).toEqual(orientation === 1 ? [] : ["images/a.jpg"]);
      expect(samples.every(({ problem }) => problem === undefined)).toBe(true);
    }
  });
});

describe("a person in PASCAL's parts", () => {
  const { files } = dataSets["pascal_mt"]!(SQUARE);
  const mask = (value: number): MatContent => ({
    class: "uint8",
    shape: [12, 12],
    data: new Array<number>(144).fill(value),
  });
  const annotation = (parts: MatContent): Uint8Array => {
    const person = { class: { text: "person" }, class_ind: scalar(15), mask: mask(1), parts };
    const objects = { fields: ["class", "class_ind", "mask", "parts"], elements: [person] };
    return writeMat({ anno: { fields: ["imname", "objects"], elements: [{ imname: { text: "a" }, objects }] } });
  };
  const part = (value: number): MatContent => ({
    fields: ["part_name", "mask"],
    elements: [{ part_name: { text: "torso" }, mask: mask(value) }],
  });

  it.each([
    ["without parts", emptyArray, IGNORE],
    ["of whose parts no pixel is seen", part(0), IGNORE],
    ["whose torso is everywhere", part(1), 2],
  ])("%s", async (_, parts, expected) => {
    const opened = await open({ ...files, "human_parts/2008_000000.mat": annotation(parts) });
    const { labels } = await opened.source.load("train", 0);
    expect(labels.human_parts!.data).toEqual(new Float32Array(144).fill(expected));
  });
});

it("Cityscapes' disparities become depth up to 80 m; farther away a fraction of a pixel decides", async () => {
  const { files } = dataSets["cityscapes"]!(SQUARE);
  const path = Object.keys(files).find((name) => name.includes("/train/") && name.endsWith("_disparity.png"))!;
  // The cameras of this data set have 100 metres · pixels: v - 1 is 25600 over the depth.
  const values = [0, 1, 2, 320, 321, 2561];
  const disparity = { width: 12, height: 12, colour: 0, depth: 16 } as const;
  const data = Array.from({ length: 144 }, (_, i) => values[i % values.length]!);
  const { source } = await open({ ...files, [path]: writePng({ ...disparity, data }) });
  const samples = await Promise.all([0, 1].map((index) => source.load("train", index)));
  const { labels } = samples.find(({ id }) => path.includes(id))!;
  expect([...labels.depth!.data.subarray(0, values.length)]).toEqual([IGNORE, IGNORE, IGNORE, IGNORE, 80, 10]);
});

describe("names", () => {
  const { files } = dataSets["nyud_mt-mti"]!(SQUARE);
  const renamed = (change: (path: string) => string): Files =>
    Object.fromEntries(Object.entries(files).map(([path, bytes]) => [change(path), bytes]));

  it("that a Mac stores with accents apart are found by lists that have them composed", async () => {
    const apart = "Zürich é".normalize("NFD");
    const named = renamed((path) => path.replace(/\/1\./, `/${apart}.`));
    const { source, report } = await open({
      ...named,
      "gt_sets/train.txt": text(`${"Zürich é".normalize("NFC")}\r\n2\r\n`),
    });
    expect([source.id("train", 0), source.id("train", 1)].sort()).toEqual(["2", apart]);
    expect(report).toEqual([]);
    expect(Object.keys((await source.load("train", 1)).labels).sort()).toEqual(["depth", "edge", "normals", "semseg"]);
  });

  it.each(["nyud_mt-mti", "nyud_mt-astmt", "pascal_mt"])("of %s may end in capitals", async (name) => {
    const made = dataSets[name]!(SQUARE);
    const capitals = Object.fromEntries(
      Object.entries(made.files).map(([path, bytes]) => [
        path.replace(/\.(jpg|png|mat|npy)$/, (e) => e.toUpperCase()),
        bytes,
      ]),
    );
    const [usual, large] = await Promise.all([open(made.files), open(capitals)]);
    expect(large.source.tasks).toEqual(usual.source.tasks);
    expect((await large.source.load("train", 0)).labels).toEqual((await usual.source.load("train", 0)).labels);
  });
});
