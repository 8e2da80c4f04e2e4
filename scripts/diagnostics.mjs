// node scripts/diagnostics.mjs: copies the small set of golden cases that the page's self-test serves, from tests/golden to
// public/diagnostics, with an index of their own. tests/unit/diagnosticsFiles.test.ts holds the two against each other.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

/** One of each kind and way of computing, small enough to be fetched. */
const names = [
  "cpab_nc5_zb",
  "cpab_nc16_free",
  "ditask_square",
  "mtlora_square",
  "loss_normals",
  "loss_sal",
  "optim_adamw",
];

const [from, to] = [join(root, "tests/golden"), join(root, "public/diagnostics")];
const index = JSON.parse(readFileSync(join(from, "index.json"), "utf8"));
const byName = new Map(index.cases.map((entry) => [entry.name, entry]));
rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });
const cases = names.map((name) => {
  const { file, what, bytes, sizes, tolerances, values, tensors } = byName.get(name);
  copyFileSync(join(from, file), join(to, file));
  return { name, file, what, bytes, sizes, tolerances, values, tensors };
});
writeFileSync(join(to, "index.json"), `${JSON.stringify({ format: index.format, seed: index.seed, cases })}\n`);
const total = cases.reduce((sum, { bytes }) => sum + bytes, 0);
console.log(`${cases.length} cases, ${(total / 1024).toFixed(0)} KiB in public/diagnostics`);
