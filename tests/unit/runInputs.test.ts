import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { inputsOf, resumedInputs, setAside, writeInputs } from "../../src/cli/lib/runInputs";

const place = mkdtempSync(join(tmpdir(), "inputs-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe("the files of a run that goes on", () => {
  const run = join(place, "run");
  const note = join(run, "checkpoint", "inputs.json");

  it("are those that were noted, unless others are given now", async () => {
    const noted = inputsOf({ backbone: "weights/swin.pth" }, "photos", "plain");
    expect(noted).toEqual({ data: resolve("photos"), backbone: resolve("weights/swin.pth"), layout: "plain" });
    await writeInputs(run, noted);
    expect(await resumedInputs(run, { resume: run })).toEqual(noted);
    const moved = await resumedInputs(run, { resume: run, data: "elsewhere.zip" });
    expect(moved).toEqual({ ...noted, data: resolve("elsewhere.zip") });
  });

  it("are built-in ones where nothing was noted", async () => {
    mkdirSync(join(place, "bare", "checkpoint"), { recursive: true });
    expect(await resumedInputs(join(place, "bare"), {})).toEqual({ data: null, backbone: null, layout: "auto" });
  });

  it("are asked for where the note is damaged, and options that belong to a new run are refused", async () => {
    for (const damage of ["", "[]", '{"data":7,"backbone":null,"layout":"auto"}', '{"data":null']) {
      writeFileSync(note, damage);
      await expect(resumedInputs(run, {})).rejects.toThrow(/inputs\.json does not say where.*--data and --backbone/);
    }
    await expect(resumedInputs(run, { steps: "9" })).rejects.toThrow(/--steps cannot be given with --resume/);
    await expect(resumedInputs(join(place, "none"), {})).rejects.toThrow(/there is no .*checkpoint/);
  });

  it("make room for a new run, and stay for one that goes on", async () => {
    const kept = (): readonly string[] => readdirSync(join(run, "checkpoint")).sort();
    writeFileSync(join(run, "checkpoint", "a.safetensors"), "x");
    await writeInputs(run, inputsOf({}, null, "auto"));
    expect(kept()).toEqual(["a.safetensors", "inputs.json"]);
    const settle = await setAside(run);
    await writeInputs(run, inputsOf({}, null, "auto"));
    await settle(true);
    expect([kept(), readdirSync(run)]).toEqual([["inputs.json"], ["checkpoint"]]);
  });

  it("come back where the new run cannot be prepared, and nothing is left of it where there were none", async () => {
    writeFileSync(join(run, "checkpoint", "b.safetensors"), "y");
    const settle = await setAside(run);
    await writeInputs(run, inputsOf({}, null, "other"));
    await settle(false);
    expect([readFileSync(join(run, "checkpoint", "b.safetensors"), "utf8"), readdirSync(run)]).toEqual([
      "y",
      ["checkpoint"],
    ]);
    expect((await resumedInputs(run, {})).layout).toBe("auto");
    const fresh = join(place, "fresh");
    const settleFresh = await setAside(fresh);
    await writeInputs(fresh, inputsOf({}, null, "auto"));
    await settleFresh(false);
    expect(readdirSync(fresh)).toEqual([]);
  });
});
