/** A comparison at a terminal: a line a run, with an estimate of what is left. */

import { formatDuration } from "../../figures/format";
import type { Contestant } from "../../runtime/products/catalogue/contestants";
import { Pace } from "../../runtime/studies/compare/cost";
import type { Progress } from "../../runtime/studies/compare/driver";
import { type Comparison, type RunSpec, runCount } from "../../runtime/studies/compare/plan";
import type { RunResult } from "../../runtime/studies/compare/result";

export interface Estimate {
  /** Floating-point operations of one step of a contestant's model. */
  stepFlops(contestant: Contestant): number;
}

/** Of all runs of a contestant. Steps of a budget in seconds count as its seconds, told as operations of the guess. */
export const totalFlops = (comparison: Comparison, contestant: Contestant, { stepFlops }: Estimate): number => {
  const steps = "steps" in comparison.budget ? comparison.budget.steps : 1;
  return runCount(comparison, contestant) * steps * stepFlops(contestant);
};

export const describeRun = ({ contestant, task, seed, factor }: RunSpec): string =>
  `${contestant.id}${task === undefined ? "" : ` (${task})`}, rate ×${factor}, seed ${seed}`;

/** Lines go to `screen`; steps are redrawn in place on a terminal and left out elsewhere. */
export class CompareProgress implements Progress {
  private readonly pace = new Pace();
  private started = 0;
  private doneFlops = 0;
  private current: RunSpec | null = null;
  private lastDraw = 0;

  constructor(
    private readonly comparison: Comparison,
    private readonly mine: readonly Contestant[],
    private readonly estimate: Estimate,
    private readonly screen: NodeJS.WriteStream,
  ) {}

  onRun(spec: RunSpec, index: number, total: number): void {
    this.current = spec;
    this.started = performance.now();
    this.screen.write(`[${index}/${total}] ${describeRun(spec)}\n`);
  }

  onStep(step: number, steps: number): void {
    if (!this.screen.isTTY || performance.now() - this.lastDraw < 200) return;
    this.lastDraw = performance.now();
    this.screen.write(`\r\x1b[2K  ${step}/${steps}`);
  }

  onResult(result: RunResult, isNew: boolean): void {
    const flops = this.runFlops(result);
    this.doneFlops += flops;
    if (!isNew || !this.current) return;
    const ms = performance.now() - this.started;
    this.pace.add(flops, ms);
    const outcome = result.diverged ? "diverged" : `loss ${result.totals.at(-1)}`;
    const left = this.pace.estimate(this.allFlops() - this.doneFlops);
    if (this.screen.isTTY) this.screen.write("\r\x1b[2K");
    this.screen.write(
      `  ${outcome}, ${formatDuration(result.stepMs, "ms")} a step, ${formatDuration(ms)}; about ${formatDuration(left)} left\n`,
    );
  }

  private runFlops({ contestant, config }: RunResult): number {
    const found = this.mine.find(({ id }) => id === contestant)!;
    const steps = "steps" in this.comparison.budget ? config.training.steps : 1;
    return steps * this.estimate.stepFlops(found);
  }

  private allFlops(): number {
    return this.mine.reduce((sum, contestant) => sum + totalFlops(this.comparison, contestant, this.estimate), 0);
  }
}
