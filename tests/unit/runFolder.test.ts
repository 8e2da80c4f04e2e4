import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { checkFolder } from "../../src/cli/lib/runFolder";

const place = mkdtempSync(join(tmpdir(), "out-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

it("a run's folder may be there or be made; a file in its place is named", () => {
  const file = join(place, "notes.txt");
  writeFileSync(file, "x");
  checkFolder("--out", place);
  checkFolder("--out", join(place, "new/er"));
  for (const path of [file, join(file, "below/it")])
    expect(() => checkFolder("--out", path)).toThrow(`--out ${path}: ${file} is a file. Give a folder`);
});
