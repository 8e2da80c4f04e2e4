/** Files as a person brings them and takes them away: what is meant by a drop, what leaves as one archive, and how kept things are told. */
import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { zipOf } from "../../src/app/zip";
import type { LibraryEntry } from "../../src/contracts/runEvent";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import { fileName } from "../../src/ui/charts/SaveFigure";
import { understand, understandBytes } from "../../src/ui/panels/drop/understand";
import { entryTitle, recipeTitle } from "../../src/ui/panels/library/entries";
import { findingsOf } from "../../src/ui/panels/weights/Findings";
import { formatAgo } from "../../src/ui/parts/format";

const meant = (...paths: string[]) =>
  understand({ name: paths[0]?.split("/")[0] ?? "", files: paths.map((path) => ({ path, file: new Blob([]) })) });
const why = (...paths: string[]): string => {
  const found = meant(...paths);
  return found.kind === "unclear" ? found.why : `it was taken as ${found.kind}`;
};

describe("what was dropped", () => {
  it.each([
    ["one file", ["swin.pth"]],
    ["one file of any spelling", ["MODEL.SafeTensors"]],
    ["shards with their index", ["m-00001-of-00002.bin", "m-00002-of-00002.bin", "pytorch_model.bin.index.json"]],
    ["a folder from a model hub", ["hub/config.json", "hub/model.safetensors", "hub/README.md", "hub/.gitattributes"]],
  ])("is weights: %s", (_, paths) => expect(meant(...paths).kind).toBe("weights"));

  it("leaves what lies beside the weights of a folder", () => {
    const found = meant("hub/config.json", "hub/model.safetensors");
    expect(found.kind === "weights" && found.files.map(({ path }) => path)).toEqual(["hub/model.safetensors"]);
  });

  it("is an adapter where its two files are there, without what lies beside them", () => {
    const found = meant(
      "adapter/adapter_model.safetensors",
      "adapter/adapter_config.json",
      "adapter/expected.safetensors",
    );
    expect(found.kind === "weights" && found.files.map(({ path }) => path)).toEqual([
      "adapter/adapter_model.safetensors",
      "adapter/adapter_config.json",
    ]);
    expect(meant("adapter_model.safetensors").kind).toBe("weights");
    expect(why("adapter_config.json")).toContain("without adapter_model.safetensors");
    expect(why("a/adapter_model.safetensors", "b/adapter_model.safetensors")).toContain("several adapters");
  });

  it("is a run where its record or run file is there, with what tells of it and nothing else", () => {
    const found = meant(
      ...["first/run.json", "first/metrics.json", "first/record.bin", "first/checkpoint/a.safetensors"],
      ...["first/predictions/a.png", "first/adapter/adapter_model.safetensors", "first/adapter/adapter_config.json"],
    );
    expect(found.kind === "run" && found.files.map(({ path }) => path)).toEqual([
      ...["first/run.json", "first/metrics.json", "first/record.bin", "first/checkpoint/a.safetensors"],
    ]);
    expect(meant("record.bin").kind).toBe("run");
    expect(meant("run.json", "metrics.json").kind).toBe("run");
    // As a headless run writes them.
    expect(meant("first/run.json", "first/checkpoint/record.bin", "first/checkpoint/a.safetensors").kind).toBe("run");
    expect(why("a/run.json", "b/run.json")).toContain("2 runs");
  });

  it("is a run where the bytes of a file say that it is a checkpoint", async () => {
    const file = (text: string) =>
      understandBytes(understand({ name: "a", files: [{ path: "a.safetensors", file: new Blob([text]) }] }));
    expect((await file('{"__metadata__":{"format":"ditask-checkpoint"}}')).kind).toBe("run");
    expect((await file('{"__metadata__":{"format":"pt"}}')).kind).toBe("weights");
  });

  it("is an adapter where a zip has one, and data where it has none", async () => {
    const archive = (name: string) => {
      const file = { name, mime: "application/octet-stream", bytes: new Uint8Array(9) };
      return understandBytes(
        understand({ name: "a.zip", files: [{ path: "a.zip", file: new Blob([zipOf([file])]) }] }),
      );
    };
    expect((await archive("adapter/adapter_model.safetensors")).kind).toBe("weights");
    expect((await archive("images/a.png")).kind).toBe("data");
    expect((await understandBytes(meant("rooms/images/a.png"))).kind).toBe("data");
  });

  it.each([
    ["a folder", ["rooms/images/a.png", "rooms/semseg/a.png", "rooms/classes.txt"]],
    ["several folders", ["images/a.jpg", "depth/a.npy"]],
    ["an archive", ["rooms.zip"]],
    ["a folder in which a checkpoint lies too", ["rooms/images/a.png", "rooms/old.pth"]],
    ["a folder of files that only the session can judge", ["rooms/images/a.tif"]],
  ])("is data: %s", (_, paths) => expect(meant(...paths).kind).toBe("data"));

  it("is a run file where one JSON file comes alone", () => {
    for (const path of ["run.json", "lora.JSON"]) expect(meant(path).kind).toBe("run-file");
    expect(meant("run.json", ".DS_Store").kind).toBe("run-file");
  });

  it("is without what systems leave beside a person's files", () => {
    const found = meant("rooms/images/a.png", "rooms/.DS_Store", "__MACOSX/rooms/._a.png");
    expect(found.kind === "data" && found.folder.files.map(({ path }) => path)).toEqual(["rooms/images/a.png"]);
    expect(why(".DS_Store")).toContain("no files");
    expect(why()).toContain("no files");
  });

  it.each([
    [["a.pth", "b.pth"], "a.pth, b.pth are several files of weights"],
    [["a.pth", "m-00001-of-00002.bin"], "a.pth came together with the shards of a set"],
    [["model.safetensors.index.json"], "an index without its files"],
    [["a.pth", "image.png"], "Drop them one after the other"],
    [["a.zip", "b.zip"], "several archives"],
    [["a.zip", "rooms/images/a.png"], "Drop the archive alone"],
    [["notes.txt", "list.json"], "notes.txt, list.json is neither weights"],
  ])("is not guessed: %j", (paths, says) => expect(why(...paths)).toContain(says));
});

describe("files that leave together", () => {
  it("come back from their archive as they were, text smaller and weights stored", () => {
    const text = new TextEncoder().encode("step,loss\n".repeat(500));
    const numbers = Uint8Array.from({ length: 5000 }, () => 7);
    const archive = zipOf([
      { name: "run/metrics.csv", mime: "text/csv", bytes: text },
      { name: "run/weights.bin", mime: "application/octet-stream", bytes: numbers },
    ]);
    const files = unzipSync(archive);
    expect(files).toEqual({ "run/metrics.csv": text, "run/weights.bin": numbers });
    expect(archive.length).toBeGreaterThan(numbers.length);
    expect(archive.length).toBeLessThan(numbers.length + 500);
  });

  it("are named after what they show", () => {
    expect(fileName("Losses by step: Depth, Schätzung")).toBe("losses-by-step-depth-schatzung");
    expect(fileName("φ")).toBe("chart");
  });
});

describe("what is kept", () => {
  const catalogue = buildCatalogue([], null, []);
  const entry: LibraryEntry = {
    ...{ id: "data/a", kind: "data", label: "rooms", whole: true },
    ...{ bytes: 1, files: 2, changed: 0 },
  };

  it("is called by the names of the catalogue, and by its ids where those are gone", () => {
    const { config } = catalogue.presets[0]!;
    expect(recipeTitle(config, catalogue)).toBe("DiTASK on Embedded Swin (64 px)");
    const gone = { ...config, backbone: "file", method: { ...config.method, id: "gone" } };
    expect(recipeTitle(gone, catalogue)).toBe("gone on your own weights");
    expect(entryTitle({ ...entry, kind: "run", label: "", whole: false })).toBe("A run that cannot be read");
    expect(entryTitle(entry)).toBe("rooms");
  });

  it.each([
    [-5000, "just now"],
    [59_000, "just now"],
    [60_000, "1 minute ago"],
    [59 * 60_000, "59 minutes ago"],
    [3 * 3600_000, "3 hours ago"],
    [25 * 3600_000, "1 day ago"],
  ])("is %d ms old: %s", (ms, says) => expect(formatAgo(ms)).toBe(says));
});

describe("the report on weights", () => {
  it("counts names over all groups, and marks only what is there as wrong", () => {
    const findings = findingsOf({
      matched: 5,
      missing: ["a"],
      unexpected: [],
      setAside: [
        { what: "Classifier", names: ["h.w", "h.b"] },
        { what: "Final norm", names: ["n"] },
      ],
      buffers: 2,
      converted: [],
      mismatched: [{ name: "x", found: "[2]", wanted: "[3]" }],
    });
    expect(Object.fromEntries(findings.map(({ label, count, tone }) => [label, `${count} ${tone}`]))).toEqual({
      matched: "5 good",
      converted: "0 plain",
      missing: "1 bad",
      mismatched: "1 bad",
      unexpected: "0 plain",
      "set aside": "3 plain",
    });
    expect(findings.find(({ label }) => label === "mismatched")?.groups[0]?.names).toEqual([
      "x: [2] in the file, [3] in the model",
    ]);
  });
});
