/**
 * npm run conformance -- DIR [options]: computes the cases of a directory of golden data and prints every error beside its tolerance.
 * npm run conformance -- --step [options]: compares every operation of one training step with TensorFlow.js.
 */
import { resolve } from "node:path";
import type { DeviceChoice } from "../contracts/runConfig";
import type { ReferenceChoice } from "../contracts/stepComparison";
import { caseRow, reportJson, summary } from "../runtime/products/conformance/print";
import { folderConformance } from "../runtime/session/node/conformance";
import { OptionError } from "./lib/commandLine";
import { type Flags, runDeclared } from "./lib/commands";
import { comparisonTable, failedOps, stepComparison } from "./lib/stepComparison";

async function check(folder: string, device: DeviceChoice, glob: string | undefined, json: boolean): Promise<number> {
  let width = 0;
  let description = "";
  const reports = await folderConformance(folder, {
    device,
    ...(glob === undefined ? {} : { glob }),
    onStart: (name, names) => {
      description = name;
      width = Math.max(...names.map((text) => text.length));
      console.error(`${names.length} cases of ${folder} on ${name}`);
    },
    onCase: (report) => {
      if (!json) console.log(caseRow(report, width));
    },
  });
  const passed = reports.filter((report) => report.passed).length;
  const failed = reports.length - passed;
  console.log(json ? reportJson({ device: description, passed, failed, cases: reports }) : summary(reports));
  return failed > 0 ? 1 : 0;
}

async function checkStep(flags: Flags<"conformance">): Promise<number> {
  const isTerminal = process.stderr.isTTY;
  const device = flags.device as DeviceChoice | undefined;
  const comparison = await stepComparison(flags, device, (flags.against ?? "auto") as ReferenceChoice, (text) => {
    if (isTerminal) process.stderr.write(`\r\x1b[K${text}`);
  });
  if (isTerminal) process.stderr.write("\r\x1b[K");
  const failed = failedOps(comparison);
  const { device: on, reference, ops } = comparison;
  const sum = `${on} against ${reference}: ${ops.length - failed} operations passed, ${failed} failed`;
  console.log(flags.json ? reportJson(comparison) : `${comparisonTable(comparison)}\n${sum}`);
  return failed > 0 ? 1 : 0;
}

await runDeclared(
  "conformance",
  (flags, paths) => {
    if (flags.step) {
      if (paths.length > 0) throw new OptionError(`--step takes no directory; ${paths.join(" ")} came.`);
      return checkStep(flags);
    }
    if (paths.length !== 1) throw new OptionError(`One directory of golden data is needed; ${paths.length} came.`);
    return check(resolve(paths[0]!), (flags.device ?? "auto") as DeviceChoice, flags.case, flags.json ?? false);
  },
  () => 1,
);
