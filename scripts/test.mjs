// npm test: installs what is missing (packages, a Chromium), then types, lint, dead code, and every test. Ends with "N passed, N failed".
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureChromium, ensurePackages, root } from "./setup.mjs";

ensurePackages();
const chromium = ensureChromium();
const bin = (name) => join(root, "node_modules/.bin", process.platform === "win32" ? `${name}.cmd` : name);
const run = (command, args, env = {}) =>
  spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
    env: { ...process.env, CHROME_PATH: chromium.executable, ...env },
  }).status === 0;

const checks = [
  ["types", bin("tsc"), ["-p", "tsconfig.json"]],
  ["types of core and data, without the DOM", bin("tsc"), ["-p", "tsconfig.core.json"]],
  ["format and lint", bin("biome"), ["ci", "."]],
  ["dead code", bin("knip"), []],
  ["exports that only tests use", bin("knip"), ["--production", "--include", "files,exports"]],
];
const only = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const [name, command, args] of only.length > 0 ? [] : checks) {
  const good = run(command, args);
  console.log(`${good ? "ok" : "FAILED"}: ${name}`);
  if (good) passed++;
  else failed++;
}
const report = join(mkdtempSync(join(tmpdir(), "ditask-test-")), "report.json");
const good = run(bin("vitest"), [
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${report}`,
  ...only,
]);
try {
  const result = JSON.parse(readFileSync(report, "utf8"));
  passed += result.numPassedTests;
  failed += result.numFailedTests;
  // A file that fails before its first test counts as one failure.
  failed += result.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
} catch {
  failed++;
}
if (!good && failed === 0) failed = 1;
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
