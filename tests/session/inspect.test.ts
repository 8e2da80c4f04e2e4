/** `npm run inspect` as a user runs it: exit codes, what it prints, the report. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { encodePng } from "../../src/data/io/png";
import { command } from "./command";

const inspect = (...args: readonly string[]) => command("inspect", args);

it("prints what an import would see, writes the report, and tells by its exit code whether all can be used", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ditask-inspect-"));
  const root = join(folder, "set");
  for (const name of ["images", "semseg"]) mkdirSync(join(root, name), { recursive: true });
  for (let i = 0; i < 3; i++) {
    const [photo, classes] = [new Uint8Array(36), Uint8Array.from({ length: 12 }, (_, at) => at % 2)];
    writeFileSync(join(root, `images/n${i}.png`), encodePng({ width: 4, height: 3, channels: 3, data: photo }));
    writeFileSync(join(root, `semseg/n${i}.png`), encodePng({ width: 4, height: 3, channels: 1, data: classes }));
  }
  const report = join(folder, "report.json");
  const fine = await inspect(root, "--report", report);
  expect([fine.code, fine.stderr]).toEqual([0, expect.not.stringMatching(/error/i)]);
  expect(fine.stdout).toContain("2 training and 1 validation images. Size: 4×3.");
  expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({
    kind: "data",
    survey: { layout: "plain", read: 3 },
  });

  writeFileSync(join(root, "semseg/n1.png"), "broken");
  const [broken, wrong, absent] = await Promise.all([
    inspect(root, "--json", "--layout", "plain"),
    inspect(root, "--layout", "strange"),
    inspect(join(root, "nowhere")),
  ]);
  expect(broken.code).toBe(1);
  expect(JSON.parse(broken.stdout).survey.problems).toEqual([
    { path: "semseg/n1.png", reason: expect.stringContaining("neither a PNG") },
  ]);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("--layout strange: unknown; known: auto, ")]);
  expect([absent.code, absent.stderr]).toEqual([2, expect.stringContaining("does not exist")]);
});
