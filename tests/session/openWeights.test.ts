/** Weights of the user's own, from a file to a run. */
import { openAsBlob, readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import type { RunConfig } from "../../src/contracts/runConfig";
import { bytesSource } from "../../src/core/io/bytes";
import { openSession, preset, type Watched } from "./open";

const path = (name: string): string => `tests/fixtures/checkpoints/${name}.safetensors`;
const micro = preset("micro");
const config = (changes: Partial<RunConfig> = {}): RunConfig => ({
  ...micro,
  backbone: "file",
  device: "wasm",
  input: { imageSize: 32, window: 0, normalisation: "imagenet" },
  method: { ...micro.method, settings: { sharedCells: 4, taskCells: 4 } },
  data: { ...micro.data, train: 4, val: 2 },
  training: { ...micro.training, steps: 2 },
  ...changes,
});

let open: Watched | null = null;
afterEach(async () => {
  await open?.session.dispose();
  open = null;
});

describe("weights of the user's own", () => {
  it("are recognised, told, offered and trained on, whatever names they have", async () => {
    const losses: number[][] = [];
    for (const name of ["swin", "swin-hf"]) {
      open = await openSession();
      await open.send({
        type: "open-weights",
        files: [{ path: `in/${name}.safetensors`, file: await openAsBlob(path(name)) }],
      });
      const [event] = open.of("weights");
      expect(event!.recognised).toMatchObject({ family: "swin", imageSize: 16, settings: { embed: "8", window: "2" } });
      expect(event!.report).toMatchObject({ missing: [], mismatched: [], unexpected: [] });
      expect(open.of("catalogue").at(-1)!.catalogue.backbones.at(-1)).toMatchObject({ id: "file", imageSize: 16 });
      await open.send({ type: "prepare", config: config() });
      await open.send({ type: "start" });
      expect(open.of("failed")).toEqual([]);
      losses.push(open.of("step").map(({ total }) => total));
      await open.session.dispose();
    }
    expect(losses[0]).toHaveLength(2);
    expect(losses[1]).toEqual(losses[0]);
  });

  it("are asked for by name where a run needs them and there are none", async () => {
    open = await openSession();
    await open.send({ type: "prepare", config: config() });
    expect(open.of("failed")[0]).toMatchObject({
      refused: true,
      message: expect.stringMatching(/no weights were opened/),
    });
  });

  it("leave what was open where another file is refused", async () => {
    open = await openSession();
    const bytes = new Uint8Array(readFileSync(path("vit")));
    await open.session.openWeights([bytesSource("vit.safetensors", bytes)]);
    await open.session.openWeights([bytesSource("cut.safetensors", bytes.slice(0, 900))]);
    expect(open.of("failed")).toHaveLength(1);
    await open.send({ type: "count", config: config({ tasks: ["sal"], data: { ...micro.data } }) });
    expect(open.of("counted").at(-1)!.problem).toBe("");
  });
});
