import { cruise } from "dependency-cruiser";
import { describe, expect, it } from "vitest";

/** DESIGN: "Rooms, and who may enter". A room may import itself and the rooms named here. */
const rooms: Record<string, readonly string[]> = {
  contracts: [],
  core: ["contracts"],
  data: ["contracts", "core/math", "core/io"],
  figures: ["contracts", "core/math"],
  runtime: ["contracts", "core", "data", "figures"],
  store: ["contracts"],
  ui: ["contracts", "store", "core/math", "figures"],
  app: ["contracts", "store", "ui", "core/io/zipWrite", "runtime/session/browser/client"],
  cli: ["contracts", "runtime", "figures"],
};

/** Inside core, a folder may import itself and those before it. */
const coreOrder = [
  "math",
  "io",
  "graph",
  "ops",
  "exec",
  "nn",
  "methods",
  "backbones",
  "decoders",
  "losses",
  "metrics",
  "tasks",
  "optim",
  "model",
  "train",
  "checkpoint",
];

interface Edge {
  readonly from: string;
  readonly to: string;
}

const { output } = await cruise(["src"], {
  doNotFollow: "node_modules",
  tsPreCompilationDeps: true,
  moduleSystems: ["es6"],
});
if (typeof output === "string") throw new Error("dependency-cruiser answered with text where data was expected.");
const edges: Edge[] = output.modules.flatMap((m) =>
  m.dependencies.map((d) => ({ from: m.source, to: d.resolved.split("?")[0]! })),
);
const inner = edges.filter((e) => e.from.startsWith("src/") && e.to.startsWith("src/"));
const show = (list: readonly Edge[]): string[] => list.map((e) => `${e.from} → ${e.to}`);
const under = (path: string, room: string): boolean =>
  path.startsWith(`src/${room}/`) || path.startsWith(`src/${room}.`);

describe("the rooms of src", () => {
  it("sees the source at all", () => expect(inner.length).toBeGreaterThan(50));

  it.each(Object.entries(rooms))("%s imports only %s", (room, allowed) => {
    const wrong = inner.filter(
      (e) => under(e.from, room) && !under(e.to, room) && !allowed.some((other) => under(e.to, other)),
    );
    expect(show(wrong)).toEqual([]);
  });

  it("core's folders import downward only", () => {
    const rank = (path: string): number => coreOrder.indexOf(path.split("/")[2]!);
    const wrong = inner.filter((e) => under(e.from, "core") && under(e.to, "core") && rank(e.from) < rank(e.to));
    expect(show(wrong)).toEqual([]);
  });

  it("only core/exec touches TensorFlow.js and ONNX Runtime", () => {
    const engines = edges.filter(
      (e) => /node_modules\/(@tensorflow|onnxruntime)/.test(e.to) && e.from.startsWith("src/"),
    );
    expect(show(engines.filter((e) => !under(e.from, "core/exec")))).toEqual([]);
  });

  it("has no import cycles of values", () => {
    const ofValues = (step: { dependencyTypes: readonly string[] }): boolean =>
      !step.dependencyTypes.includes("type-only");
    const cycles = output.modules.flatMap((m) =>
      m.dependencies
        .filter((d) => d.circular && ofValues(d) && (d.cycle ?? []).every(ofValues))
        .map((d) => ({ from: m.source, to: d.resolved })),
    );
    expect(show(cycles)).toEqual([]);
  });
});
