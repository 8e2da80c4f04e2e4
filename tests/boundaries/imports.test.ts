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
  app: [
    "contracts",
    "store",
    "ui",
    "core/io/zipWrite",
    "runtime/session/browser/client",
    "runtime/workers/service",
    "runtime/platform/browser/webWorker",
  ],
  cli: ["contracts", "runtime", "figures"],
};

/** Inside these rooms, a folder (or a file beside the folders) may import itself and those before it. */
const layers: Record<string, readonly string[]> = {
  core: [
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
  ],
  runtime: ["platform", "workers", "run", "products", "studies", "session"],
  ui: ["parts", "charts", "pictures", "panels", "views", "Studio.tsx"],
};

/** What only a page has, and what only Node has, lies in folders of these names, and only these folders import them. */
const hosts = ["node", "browser"] as const;
const homesOf = (host: string): RegExp => new RegExp(`^src/runtime/(platform|session)/${host}/`);

interface Edge {
  readonly from: string;
  readonly to: string;
  /** A module of Node's own. */
  readonly isBuiltIn?: boolean;
}

const { output } = await cruise(["src"], {
  doNotFollow: "node_modules",
  tsPreCompilationDeps: true,
  moduleSystems: ["es6"],
});
if (typeof output === "string") throw new Error("dependency-cruiser answered with text where data was expected.");
const edges: Edge[] = output.modules.flatMap((m) =>
  m.dependencies.map((d) => ({
    from: m.source,
    to: d.resolved.split("?")[0]!,
    isBuiltIn: d.coreModule,
  })),
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

  it.each(Object.entries(layers))("the folders of %s import downward only", (room, order) => {
    const inside = inner.filter((e) => under(e.from, room) && under(e.to, room));
    const rank = (path: string): number => order.indexOf(path.split("/")[2]!);
    expect(show(inside.filter((e) => rank(e.from) < 0 || rank(e.to) < 0))).toEqual([]);
    expect(show(inside.filter((e) => rank(e.from) < rank(e.to)))).toEqual([]);
  });

  it.each(hosts)("in runtime, code for one host alone (%s) is imported only by its own kind", (host) => {
    const home = homesOf(host);
    const wrong = inner.filter((e) => under(e.from, "runtime") && home.test(e.to) && !home.test(e.from));
    expect(show(wrong)).toEqual([]);
  });

  it("in runtime, only the folders named node import Node's modules", () => {
    const wrong = edges.filter(({ from, isBuiltIn }) => under(from, "runtime") && isBuiltIn);
    expect(wrong.length).toBeGreaterThan(5);
    expect(show(wrong.filter(({ from }) => !homesOf("node").test(from)))).toEqual([]);
  });

  it("only core/exec touches TensorFlow.js and ONNX Runtime", () => {
    const engines = edges.filter(
      (e) => /node_modules\/(@tensorflow|onnxruntime)/.test(e.to) && e.from.startsWith("src/"),
    );
    expect(show(engines.filter((e) => !under(e.from, "core/exec")))).toEqual([]);
  });

  it("has no import cycles, of values or of types, but those of types inside the graph", () => {
    const isGraph = (path: string): boolean => path.startsWith("src/core/graph/");
    const cycles = output.modules.flatMap((m) =>
      m.dependencies
        .filter(({ circular }) => circular)
        .map((d) => ({ from: m.source, to: d.resolved, steps: [d, ...(d.cycle ?? [])], path: d.cycle ?? [] })),
    );
    expect(cycles.length).toBeGreaterThan(0);
    const ofValues = ({ dependencyTypes }: { readonly dependencyTypes: readonly string[] }): boolean =>
      !dependencyTypes.includes("type-only");
    const wrong = cycles.filter(
      ({ from, path, steps }) => !isGraph(from) || !path.every(({ name }) => isGraph(name)) || steps.every(ofValues),
    );
    expect(show(wrong)).toEqual([]);
  });
});
