/** Options are declared once: parsing, help and errors of every command come from there. */
import { describe, expect, it } from "vitest";
import { helpText, parseLine } from "../../src/cli/lib/commandLine";
import { commandOf, configured, type Flags } from "../../src/cli/lib/commands";
import { readComparison } from "../../src/cli/lib/compareOptions";
import type { CommandName, Declaration } from "../../src/cli/lib/fieldOptions";
import { readConfig } from "../../src/cli/lib/finetuneOptions";
import { declarations } from "../../src/cli/lib/options";
import { planConfig, planRequest } from "../../src/cli/lib/planOptions";
import { settings } from "../../src/runtime/products/catalogue/settings";
import { preset } from "../session/open";

const commands = ["finetune", "inspect", "plan", "compare", "sweep", "runs", "conformance"] as const;
const all: Readonly<Record<string, Declaration>> = declarations;
const given = <C extends CommandName>(name: C, ...args: string[]) =>
  parseLine(commandOf(name), args).given as unknown as Flags<C>;

describe.each(commands)("the help of %s", (name) => {
  const lines = helpText(commandOf(name)).split("\n");
  const listed = lines.flatMap((line) => /^ {2}--([\w-]+)/.exec(line)?.[1] ?? []);

  it("lists its options and no others, each with words, in lines that fit", () => {
    const own = Object.keys(all).filter((option) => all[option]!.commands[name]);
    expect(own.length).toBeGreaterThan(2);
    expect([...listed].sort()).toEqual([...own, "help"].sort());
    for (const option of own) expect(lines.join("\n")).toMatch(new RegExp(`^ {2}--${option}( \\S+)? +\\S`, "m"));
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(160);
  });

  it("says defaults", () => {
    for (const [option, { default: standard }] of Object.entries(commandOf(name).options))
      if (standard !== undefined)
        expect([option, lines.join(" ")]).toEqual([option, expect.stringContaining(`Default: ${standard}.`)]);
  });
});

describe("an option of a field", () => {
  it("has the page's help, range and choices", () => {
    const { help } = settings.find(({ path }) => path === "training.batchSize")!;
    expect(all["batch"]!.help).toBe(`${help} From 1 to 512.`);
    expect(all["layout"]!.value!.known).toContain("plain");
  });

  it("sets a field that there is", () => {
    for (const { path } of Object.values(all)) {
      const place = path
        ?.split(".")
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], preset("default"));
      if (path !== undefined) expect([path, place]).not.toEqual([path, undefined]);
    }
  });

  it("is the same for finetune and plan: --image 96 gives one configuration", async () => {
    const { config } = await readConfig(given("finetune", "--image", "96", "--batch", "8"));
    expect(config.input.imageSize).toBe(96);
    expect(planConfig(given("plan", "--image", "96"))).toEqual(config);
    expect(planRequest(config)).toMatchObject({ image: 96, batch: 8 });
  });

  it("that is refused is named with its field", () => {
    expect(() => configured(preset("micro"), { batch: "0" })).toThrow("\n  --batch (training.batchSize): ");
    expect(() => given("finetune", "--batch", "many")).toThrow("--batch many: expected a whole number from 1 to 512.");
    expect(() => given("plan", "--decoder", "unet")).toThrow(/--decoder unet: unknown; known: hrnet, /);
  });

  it("gives way to --set, and a method starts from its own settings", () => {
    const config = configured(preset("micro"), { steps: "7", set: ["training.steps=9", "data.val=3"], method: "lora" });
    expect([config.training.steps, config.data.val, config.method.id]).toEqual([9, 3, "lora"]);
    expect(config.method.settings).toEqual({});
  });

  it("sets what a comparison is made of", async () => {
    const comparison = await readComparison(given("compare", "--steps", "12", "--train", "30", "--rates", "3,1,1"));
    expect(comparison).toMatchObject({ budget: { steps: 12 }, factors: [1, 3], seeds: 3, choosing: 128 });
    expect(comparison.base.data).toMatchObject({ train: 30, val: 256 });
    expect(comparison.base.device).toBe("cpu");
  });
});

describe("a command line", () => {
  it("that names no option is answered with what was meant", () => {
    expect(() => given("finetune", "--imge", "96")).toThrow(
      "--imge is no option of this command; did you mean --image?",
    );
    expect(() => given("finetune", "--stepz", "3")).toThrow("did you mean --steps?");
    expect(() => given("compare", "--stpes", "3")).toThrow("did you mean --steps?");
    expect(() => given("finetune", "--check", "3")).toThrow("did you mean --checkpoint or --checkpoint-every?");
    expect(() => given("plan", "--wavelength")).toThrow(/^--wavelength is no option of this command\.$/);
    expect(() => given("plan", "--steps", "3")).toThrow("--steps is no option of this command");
  });

  it("must give a value where one is needed, and none elsewhere", () => {
    expect(() => given("finetune", "--image")).toThrow("--image needs a value: --image N.");
    expect(() => given("finetune", "--out", "--json")).toThrow("--out needs a value: --out DIR.");
    expect(() => given("finetune", "--json=yes")).toThrow('--json takes no value, but came with "yes".');
    expect(() => given("compare", "--seeds", "0")).toThrow("--seeds 0: expected a whole number from 1.");
    expect(() => given("compare", "--rates", "1,-2")).toThrow("--rates 1,-2: expected a number above 0.");
    expect(() => given("finetune", "runs")).toThrow('"runs" belongs to no option');
  });

  it("may use a name that an option had", () => {
    expect(given("finetune", "--head", "segformer", "--evidence")).toEqual({
      decoder: "segformer",
      "update-analysis": true,
    });
  });

  it("has defaults, repeated options and paths", () => {
    expect(given("sweep", "--grid", "a=1", "--grid=b=-2")).toEqual({
      preset: "default",
      seeds: "1",
      out: "runs/sweep",
      grid: ["a=1", "b=-2"],
    });
    expect(parseLine(commandOf("inspect"), ["--json", "photos", "more"]).paths).toEqual(["photos", "more"]);
  });
});
