/**
 * npm run conformance -- DIR [options]: computes the cases of a directory of golden data and prints every error beside its tolerance.
 * npm run conformance -- --step [options]: compares every operation of one training step with TensorFlow.js.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type DeviceChoice, deviceChoices } from "../contracts/runConfig";
import { referenceChoices } from "../contracts/stepComparison";
import { folderConformance } from "../runtime/products/conformance/nodeConformance";
import { caseRow, reportJson, summary } from "../runtime/products/conformance/print";
import { comparisonTable, failedOps, type StepFlags, stepComparison } from "./lib/stepComparison";

const usage = `npm run conformance -- DIR [options]
npm run conformance -- --step [options]

Computes every case of a directory of golden data (index.json and safetensors files, see tests/golden) by this program's own code and
prints one row for each: what was compared, its largest error, and the tolerance of the index. Exit code 1 where anything failed.

With --step, one training step of a configuration at batch 1: every operation that the device computes is computed once more by
TensorFlow.js from the same inputs. One row an operation: its largest error, the tolerance, and the node where it is largest.

  --device NAME      ${deviceChoices.join(", ")} (default: auto; with --step, the configuration's)
  --case GLOB        only these cases: "cpab_*", "model_{plain,mtlora}" (default: all)
  --reference NAME   with --step, what computes the other side: ${referenceChoices.join(", ")}
  --preset, --config, --data, --method, --backbone, --set
                     with --step, the configuration, as npm run finetune takes it
  --json             one JSON object on stdout in place of the rows
  --help`;

const options = {
  step: { type: "boolean" },
  device: { type: "string" },
  case: { type: "string" },
  reference: { type: "string" },
  preset: { type: "string" },
  config: { type: "string" },
  data: { type: "string" },
  method: { type: "string" },
  backbone: { type: "string" },
  set: { type: "string", multiple: true },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

function readDevice(text: string): DeviceChoice {
  const device = deviceChoices.find((known) => known === text);
  if (!device) throw new Error(`--device ${text}: unknown; known: ${deviceChoices.join(", ")}.`);
  return device;
}

async function check(folder: string, device: DeviceChoice, glob: string | undefined, json: boolean): Promise<void> {
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
  process.exitCode = failed > 0 ? 1 : 0;
}

async function checkStep(flags: StepFlags, device: DeviceChoice | undefined, json: boolean): Promise<void> {
  const isTerminal = process.stderr.isTTY;
  const comparison = await stepComparison(flags, device, (text) => {
    if (isTerminal) process.stderr.write(`\r\x1b[K${text}`);
  });
  if (isTerminal) process.stderr.write("\r\x1b[K");
  const failed = failedOps(comparison);
  const { device: on, reference, ops } = comparison;
  if (json) console.log(reportJson(comparison));
  else
    console.log(
      `${comparisonTable(comparison)}\n${on} against ${reference}: ${ops.length - failed} operations passed, ${failed} failed`,
    );
  process.exitCode = failed > 0 ? 1 : 0;
}

try {
  const { values, positionals } = parseArgs({ options, strict: true, allowPositionals: true });
  const device = values.device === undefined ? undefined : readDevice(values.device);
  if (values.help) console.log(usage);
  else if (values.step) {
    if (positionals.length > 0) throw new Error(`--step takes no directory; ${positionals.join(" ")} came.`);
    await checkStep(values, device, values.json ?? false);
  } else {
    const [folder, ...more] = positionals;
    if (folder === undefined || more.length > 0)
      throw new Error(`One directory of golden data is needed; ${positionals.length} came.`);
    await check(resolve(folder), device ?? "auto", values.case, values.json ?? false);
  }
} catch (error) {
  console.error(`${(error as Error).message}\n\nnpm run conformance -- --help lists the options.`);
  process.exitCode = 1;
}
// Executors keep threads alive that nobody waits for.
process.exit();
