/** npm run conformance -- --step: the comparison of a configuration's step on a device with TensorFlow.js, and its table. */
import type { DeviceChoice } from "../../contracts/runConfig";
import type { RunEvent } from "../../contracts/runEvent";
import type { ReferenceChoice, StepComparison } from "../../contracts/stepComparison";
import { openNodeSession } from "../../runtime/session/node/nodeSession";
import { type ConfigFlags, readConfig, weightsPath } from "./finetuneOptions";
import { markdownTable } from "./table";

/** `device`: absent, the configuration's own. `onProgress` hears what is going on. @throws where nothing could be compared. */
export async function stepComparison(
  flags: ConfigFlags,
  device: DeviceChoice | undefined,
  reference: ReferenceChoice,
  onProgress: (text: string) => void,
): Promise<StepComparison> {
  const { config, folder } = await readConfig(flags);
  const weights = weightsPath(flags);
  let last: StepComparison | undefined;
  let failure: string | undefined;
  const session = await openNodeSession((event: RunEvent) => {
    if (event.type === "failed") failure ??= event.message;
    if (event.type !== "step-comparison") return;
    last = event.comparison;
    onProgress(progressOf(last));
  });
  try {
    if (folder !== null) await session.openFolder(folder, config.data);
    if (weights !== null) await session.openWeights(weights);
    if (failure === undefined)
      await session.send({ type: "compare-step", config, device: device ?? config.device, reference });
  } finally {
    await session.dispose();
  }
  const problem = failure ?? last?.problem;
  if (!last || problem !== undefined) throw new Error(problem ?? "The comparison ended without a word.");
  return last;
}

const progressOf = ({ message, done, total }: StepComparison): string =>
  message || `${done} of ${total} nodes compared`;

const short = (value: number): string =>
  value === 0 ? "0" : Number.isFinite(value) ? value.toExponential(1) : "infinite";

/** One row an op, the worst first; then the nodes of all that failed worst. */
export function comparisonTable({ ops, worst }: StepComparison): string {
  const columns = ["Operation", "Compared", "Failed", "Largest error", "Allowed", "Difference", "Worst node"].map(
    (title, i) => ({ title, align: i === 0 || i === 6 ? ("left" as const) : ("right" as const) }),
  );
  const rows = ops.map(({ op, compared, failed, worst: node }) => [
    op,
    String(compared),
    String(failed),
    short(node.error),
    short(node.tolerance),
    short(node.difference),
    `${node.plan} ${node.name} [${node.shape.join(",")}]`,
  ]);
  const wrong = worst
    .filter(({ passed }) => !passed)
    .map(({ op, name, plan, error }) => `FAILED ${op}, ${plan} ${name}: ${short(error)}`);
  return [markdownTable(columns, rows), ...wrong].join("\n");
}

export const failedOps = ({ ops }: StepComparison): number => ops.filter(({ failed }) => failed > 0).length;
