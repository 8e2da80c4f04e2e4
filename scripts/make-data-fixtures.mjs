// node scripts/make-data-fixtures.mjs FOLDER [WIDTH HEIGHT TRAIN VAL]: writes Scenes as a data set of every layout that is read, each in a
// folder of its own (tests/dataSets), to try an import with or to look at. Without numbers: 160 by 120 pixels, 12 images and 4.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensurePackages, root } from "./setup.mjs";

const [folder, ...numbers] = process.argv.slice(2);
const [width = 160, height = 120, train = 12, val = 4] = numbers.map(Number);
if (!folder || ![width, height, train, val].every((number) => Number.isInteger(number) && number > 0)) {
  console.error("Usage: node scripts/make-data-fixtures.mjs FOLDER [WIDTH HEIGHT TRAIN VAL]");
  process.exit(2);
}
ensurePackages();
const { runnerImport } = await import("vite");
const { module } = await runnerImport("./tests/dataSets/index.ts", { root, configFile: false });
for (const [name, make] of Object.entries(module.dataSets)) {
  const { files } = make({ width, height, train, val });
  for (const [path, bytes] of Object.entries(files)) {
    const place = join(folder, name, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, bytes);
  }
  console.log(`${join(folder, name)}: ${Object.keys(files).length} files`);
}
