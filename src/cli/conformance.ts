/** npm run conformance -- DIR [options]: computes the cases of a directory of golden data and prints every error beside its tolerance. */
import { resolve } from "node:path";
import type { DeviceChoice } from "../contracts/runConfig";
import { caseRow, reportJson, summary } from "../runtime/products/conformance/print";
import { folderConformance } from "../runtime/session/node/conformance";
import { OptionError } from "./lib/commandLine";
import { runDeclared } from "./lib/commands";

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

await runDeclared(
  "conformance",
  (flags, paths) => {
    if (paths.length !== 1) throw new OptionError(`One directory of golden data is needed; ${paths.length} came.`);
    return check(resolve(paths[0]!), flags.device as DeviceChoice, flags.case, flags.json ?? false);
  },
  () => 1,
);
