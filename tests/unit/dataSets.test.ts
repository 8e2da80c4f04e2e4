import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { type FileNote, IGNORE, type LabelMap, type Sample, type Split } from "../../src/contracts/sample";
import { bytesSource } from "../../src/core/io/bytes";
import type { FileTree } from "../../src/data/fileTree";
import { type OpenedData, openData } from "../../src/data/layouts";
import { zipTree } from "../../src/data/zipTree";
import { dataSets, type MadeDataSet, type MadeSample } from "../dataSets";
import { memoryTree } from "../dataSets/memoryTree";

const SIZE = { width: 40, height: 28, train: 4, val: 2 };
const made = new Map(Object.entries(dataSets).map(([name, make]) => [name, make(SIZE)]));

const open = (tree: FileTree): Promise<OpenedData> => openData(tree, { name: "made", seed: 1 });

async function samplesOf({ source }: OpenedData): Promise<Map<string, Sample & { split: Split }>> {
  const samples = new Map<string, Sample & { split: Split }>();
  for (const split of ["train", "val"] as const)
    for (let i = 0; i < source.size[split]; i++) {
      const sample = await source.load(split, i);
      expect(source.id(split, i)).toBe(sample.id);
      samples.set(sample.id, { ...sample, split });
    }
  return samples;
}

/** The largest difference; what is without label must be so in both. */
function largestDifference(found: LabelMap, rendered: LabelMap, relative: boolean): number {
  let largest = 0;
  for (let i = 0; i < rendered.data.length; i++) {
    const [a, b] = [found.data[i]!, rendered.data[i]!];
    if ((a === IGNORE) !== (b === IGNORE) || Number.isNaN(a)) return Number.POSITIVE_INFINITY;
    if (b !== IGNORE) largest = Math.max(largest, Math.abs(a - b) / (relative ? b : 1));
  }
  return largest;
}

function expectSample(found: Sample, rendered: MadeSample, { tolerances }: MadeDataSet): void {
  expect(Object.keys(found.labels).sort()).toEqual(Object.keys(rendered.labels).sort());
  expect([found.image.width, found.image.height]).toEqual([rendered.image.width, rendered.image.height]);
  const differences = found.image.data.reduce((sum, value, i) => sum + Math.abs(value - rendered.image.data[i]!), 0);
  expect(differences / found.image.data.length).toBeLessThanOrEqual(tolerances.image ?? 0);
  for (const [task, label] of Object.entries(rendered.labels)) {
    const { width, height, channels } = found.labels[task]!;
    expect([width, height, channels]).toEqual([label.width, label.height, label.channels]);
    const relative = task === "depth" && tolerances.relativeDepth !== undefined;
    const most = relative ? tolerances.relativeDepth! : (tolerances.labels?.[task] ?? 0);
    expect(largestDifference(found.labels[task]!, label, relative), task).toBeLessThanOrEqual(most);
  }
}

describe.each([...made])("Scenes as %s", (_, dataSet) => {
  it("are recognised, with their tasks and the names of their classes, and nothing is left out but what is named", async () => {
    const { layout, source, report } = await open(memoryTree(dataSet.files));
    expect(layout).toBe(dataSet.layout);
    const tasks = Object.fromEntries(
      source.tasks.map(({ task, classes, classCount }) => [task, { classes, classCount }]),
    );
    expect(tasks).toEqual(
      Object.fromEntries(
        Object.entries(dataSet.tasks).map(([task, { classes, classCount }]) => [task, { classes, classCount }]),
      ),
    );
    expect(report.map(({ path }) => path).sort()).toEqual([...(dataSet.leftOut ?? [])].sort());
  });

  it("come back as they were rendered, in their splits", async () => {
    const found = await samplesOf(await open(memoryTree(dataSet.files)));
    expect([...found.keys()].sort()).toEqual(dataSet.samples.map(({ id }) => id).sort());
    for (const sample of dataSet.samples) {
      const there = found.get(sample.id)!;
      if (!dataSet.drawn) expect(there.split).toBe(sample.split);
      expectSample(there, sample, dataSet);
    }
  });

  it("come back from a zip archive that a Mac packed, in a folder of its own", async () => {
    const files: Record<string, Uint8Array> = {
      "__MACOSX/my set/._x": new Uint8Array(3),
      "my set/.DS_Store": new Uint8Array(3),
    };
    for (const [path, bytes] of Object.entries(dataSet.files)) {
      files[`my set/${path}`] = bytes;
      files[`__MACOSX/my set/${path.replace(/[^/]+$/, "._$&")}`] = new Uint8Array(8);
    }
    const opened = await open(await zipTree(bytesSource("made.zip", zipSync(files, { level: 1 }))));
    const plain = await open(memoryTree(dataSet.files));
    const withoutFolder = ({ path, reason }: FileNote) =>
      [path, reason].map((words) => words.replaceAll("my set/", ""));
    expect(opened.report.map(withoutFolder)).toEqual(plain.report.map(withoutFolder));
    expect(await samplesOf(opened)).toEqual(await samplesOf(plain));
  });
});

describe("the data sets of these tests", () => {
  it("show what could be confused: every task with and without labels, people and none, several classes", () => {
    const { samples } = made.get("plain-arrays")!;
    const values = (task: string) => new Set(samples.flatMap(({ labels }) => [...labels[task]!.data]));
    expect(values("semseg").size).toBeGreaterThan(6);
    expect(values("human_parts").size).toBeGreaterThan(3);
    for (const task of ["semseg", "depth", "normals", "human_parts"]) expect(values(task)).toContain(IGNORE);
    for (const task of ["sal", "edge"]) expect(values(task)).toEqual(new Set([0, 1]));
    const people = samples.map(({ labels }) => labels["human_parts"]!.data.some((part) => part > 0 && part !== IGNORE));
    expect(new Set(people)).toEqual(new Set([true, false]));
  });
});
