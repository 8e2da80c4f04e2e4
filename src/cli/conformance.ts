/** npm run conformance -- DIR [options]: computes the cases of a directory of golden data and prints every error beside its tolerance. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type DeviceChoice, deviceChoices } from "../contracts/runConfig";
import { folderConformance } from "../runtime/products/conformance/nodeConformance";
import { caseRow, reportJson, summary } from "../runtime/products/conformance/print";

const usage = `npm run conformance -- DIR [options]

Computes every case of a directory of golden data (index.json and safetensors files, see tests/golden) by this program's own code and
prints one row for each: what was compared, its largest error, and the tolerance of the index. Exit code 1 where anything failed.

  --device NAME    auto, webgpu, cpu, wasm, tf-webgpu or tf (default: auto)
  --case GLOB      only these cases: "cpab_*", "model_{plain,mtlora}" (default: all)
  --json           one JSON object on stdout in place of the rows
  --help`;

const options = {
  device: { type: "string", default: "auto" },
  case: { type: "string" },
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

try {
  const { values, positionals } = parseArgs({ options, strict: true, allowPositionals: true });
  if (values.help) console.log(usage);
  else {
    const [folder, ...more] = positionals;
    if (folder === undefined || more.length > 0)
      throw new Error(`One directory of golden data is needed; ${positionals.length} came.`);
    await check(resolve(folder), readDevice(values.device), values.case, values.json ?? false);
  }
} catch (error) {
  console.error(`${(error as Error).message}\n\nnpm run conformance -- --help lists the options.`);
  process.exitCode = 1;
}
// Executors keep threads alive that nobody waits for.
process.exit();
