// node scripts/record-events.mjs: records what the real session tells in the scenarios of tests/events, for the page's tests to replay. Run
// it whenever commands or events change; a second run writes the same file.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensurePackages, root } from "./setup.mjs";

ensurePackages();
process.chdir(root);
const { runnerImport } = await import("vite");
const { module } = await runnerImport("./tests/events/record.ts", { root, configFile: false });
const text = module.recorded;
const place = join("tests", "fixtures", "events", "micro.json");
writeFileSync(join(root, place), text);
console.log(`${place}: ${(text.length / 1000).toFixed(0)} kB`);
process.exit(0);
