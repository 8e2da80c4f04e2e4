/** The golden cases that the page serves are those of tests/golden; scripts/diagnostics.mjs copies them. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { goldenEntries } from "../../src/runtime/products/conformance/golden";
import { publicEntries } from "../golden/files";

const served = new URL("../../public/diagnostics/", import.meta.url);
const bytesOf = (folder: URL, name: string): Buffer => readFileSync(new URL(name, folder));
const entries = goldenEntries(JSON.parse(bytesOf(served, "index.json").toString("utf8")));

describe("public/diagnostics", () => {
  it.each(entries.map((entry) => [entry.name, entry] as const))("%s is the public case", (name, entry) => {
    expect(entry).toEqual(publicEntries.find((known) => known.name === name));
    expect(bytesOf(served, entry.file).equals(bytesOf(new URL("../golden/", import.meta.url), entry.file))).toBe(true);
  });

  it("holds nothing else, and no more than 300 kB", () => {
    const files = readdirSync(served);
    expect(files.sort()).toEqual([...entries.map(({ file }) => file), "index.json"].sort());
    expect(files.reduce((sum, name) => sum + bytesOf(served, name).length, 0)).toBeLessThan(300_000);
  });
});
