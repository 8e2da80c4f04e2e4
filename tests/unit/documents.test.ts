/** What the documents show exists: commands with their options, and the files that are linked. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { commandOf } from "../../src/cli/lib/commands";
import type { CommandName } from "../../src/cli/lib/fieldOptions";

const documents = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync("docs").flatMap((f) => (f.endsWith(".md") ? [`docs/${f}`] : [])),
];
const scripts: Readonly<Record<string, string>> = JSON.parse(readFileSync("package.json", "utf8")).scripts;
const declared: readonly string[] = ["finetune", "inspect", "plan", "compare", "sweep", "runs", "conformance"];

/** Lines that a backslash continues are one command. */
const commandsIn = (text: string): readonly string[] =>
  [...text.replaceAll("\\\n", " ").matchAll(/npm run [a-z][^\n`#]*/g)].map(([line]) => line);

describe.each(documents)("%s", (path) => {
  const text = readFileSync(path, "utf8");

  it("shows commands and options that exist", () => {
    for (const line of commandsIn(text)) {
      const name = /npm run ([a-z-]+)/.exec(line)![1]!;
      expect(scripts, line).toHaveProperty(name);
      if (!declared.includes(name) || !line.includes(" -- ")) continue;
      const { options } = commandOf(name as CommandName);
      for (const [, option] of line.split(" -- ")[1]!.matchAll(/--([a-z-]+)/g))
        if (option !== "help") expect(Object.keys(options), line).toContain(option);
    }
  });

  it("links to files that exist", () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link]) => join(dirname(path), link!));
    expect(links.filter((link) => !existsSync(link))).toEqual([]);
  });
});

it("the documents show commands", () => {
  expect(documents.flatMap((path) => commandsIn(readFileSync(path, "utf8"))).length).toBeGreaterThan(15);
});
