import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRunFile } from "../../src/cli/lib/readRunFile";
import { parseRunConfig, type RunConfig } from "../../src/contracts/runConfig";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { answersOrRefuses, damaged } from "./corruptions";
import { version3 } from "./oldRunFiles";

const config = parseRunConfig(presets[0]!.config);
const text = (words: string): Uint8Array => new Uint8Array(Buffer.from(words));

/** What no field of a run file expects, and what some do. */
const oddValues: readonly unknown[] = [
  null,
  true,
  "",
  "ditask",
  "__proto__",
  -1,
  0.5,
  1e308,
  2 ** 53,
  255,
  [],
  {},
  [[]],
  { id: "full" },
  { constructor: 1 },
  ["semseg", "semseg"],
  "x".repeat(10_000),
  JSON.parse('{"__proto__": {"a": 1}}'),
];

type Change = (file: unknown) => unknown;
/** Changes one place of a JSON value, which is found by going down by `way`. */
function changed(
  value: unknown,
  way: readonly number[],
  change: (parent: Record<string, unknown>, key: string) => unknown,
): unknown {
  const copy = structuredClone(value);
  let place = copy as Record<string, unknown>;
  for (const step of way) {
    const keys = Object.keys(place);
    if (keys.length === 0) return copy;
    const key = keys[step % keys.length]!;
    const next = place[key];
    if (typeof next === "object" && next !== null && step % 3 !== 0) place = next as Record<string, unknown>;
    else {
      change(place, key);
      return copy;
    }
  }
  return copy;
}
const way = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 5 });
const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(way, fc.constantFrom(...oddValues)).map(
    ([steps, odd]): Change =>
      (file) =>
        changed(file, steps, (place, key) => Object.assign(place, { [key]: odd })),
  ),
  way.map(
    (steps): Change =>
      (file) =>
        changed(file, steps, (place, key) => Reflect.deleteProperty(place, key)),
  ),
  fc.tuple(way, fc.string(), fc.constantFrom(...oddValues)).map(
    ([steps, name, odd]): Change =>
      (file) =>
        changed(file, steps, (place) => Object.assign(place, { [name]: odd })),
  ),
);

describe("a damaged run file", () => {
  const rich = parseRunConfig({
    ...config,
    tasks: ["semseg", "height"],
    customTasks: [
      {
        kind: "regression",
        id: "height",
        label: "Height",
        channels: 1,
        loss: "l1",
        metric: "rmse",
        colours: "grey",
        weight: 1,
      },
    ],
    data: {
      ...config.data,
      labelEncodings: { semseg: { ignore: [0], shift: -1 } },
      select: { only: ["a", "b"], classes: { semseg: [1] } },
    },
  });
  /** What is read can be read again and is the same. */
  const check = (read: RunConfig): void => expect(parseRunConfig(structuredClone(read))).toEqual(read);

  it("as text is refused by name or is a run file", async () => {
    let refused = 0;
    const run = async (bytes: Uint8Array): Promise<void> => {
      const read = await answersOrRefuses(() => parseRunFile(Buffer.from(bytes).toString()));
      if (read) check(read);
      else refused++;
    };
    await fc.assert(fc.asyncProperty(damaged(text(JSON.stringify(rich))), run), { seed: 84, numRuns: 2000 });
    expect(refused).toBeGreaterThan(500);
  });

  it("of each version with fields changed, left out or put in is refused by name or is a run file", async () => {
    const { head: _head, input: _input, customTasks: _tasks, ...rest } = version3;
    const oldData = { source: "scenes", train: 10, val: 5, flip: true };
    const method = {
      id: "ditask",
      warp: "index",
      streams: "shared",
      cellsShared: 64,
      cellsTask: 4,
      init: "reference",
      free: version3.method.free,
    };
    const learningRate = { theta: 0.5, backbone: 0.1, decoders: 0.2 };
    const versions: readonly unknown[] = [
      rich,
      version3,
      { ...version3, version: 2, data: oldData },
      { ...rest, version: 1, data: oldData, method, training: { ...version3.training, learningRate } },
    ];
    for (const version of versions) check(parseRunConfig(version));
    let refused = 0;
    const run = async (version: unknown, injuries: readonly Change[]): Promise<void> => {
      const file = injuries.reduce((value, change) => change(value), version);
      const read = await answersOrRefuses(() => parseRunConfig(file));
      if (read) check(read);
      else refused++;
    };
    const some = fc.array(changes, { minLength: 1, maxLength: 3 });
    await fc.assert(fc.asyncProperty(fc.constantFrom(...versions), some, run), { seed: 85, numRuns: 3000 });
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(2990);
  });

  it.each([
    ["nothing", ""],
    ["null", "null"],
    ["a number", "7"],
    ["a list", "[]"],
    ["a text", '"run"'],
    ["another program's file", '{"config": null, "model": 1}'],
    ["lists without end", "[".repeat(200_000)],
  ])("of %s is refused by name", async (_, content) => {
    expect(await answersOrRefuses(() => parseRunFile(content))).toBeUndefined();
  });
});
