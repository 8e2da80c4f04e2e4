/** The comparison of a step that a session carries out beside its run: one at a time, a newer one stops the older. */
import { compareStep, type StepQuestion } from "../products/conformance/step";
import type { AdapterInput } from "./adapterInput";
import type { DataInput } from "./dataInput";
import type { Executors } from "./executors";
import type { Host } from "./host";
import { LatestTask } from "./latestTask";

export class StepCheck {
  private readonly latest = new LatestTask();

  constructor(
    private readonly host: Host,
    private readonly executors: Executors,
    private readonly data: DataInput,
    private readonly adapters: AdapterInput,
  ) {}

  compare(question: StepQuestion): Promise<void> {
    const { platform, workers, tell } = this.host;
    return this.latest.take(({ signal }) =>
      compareStep(question, {
        platform,
        workers,
        inputs: this.adapters.inputs,
        probed: this.executors.probed,
        source: () => this.data.source(question.config, signal),
        tell: (comparison) => tell({ type: "step-comparison", comparison }),
        signal,
      }),
    );
  }

  stop(): Promise<void> {
    return this.latest.end();
  }
}
