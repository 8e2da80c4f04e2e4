/** Keeps what a comparison of a step has found, and tells it a few times a second. */
import type { NodeError, OpComparison, StepComparison } from "../../../contracts/stepComparison";
import type { NodeComparison } from "../../../core/exec/compare";

const TELL_EVERY_MS = 200;
/** How many nodes are named as the worst. */
const WORST_NODES = 10;

/** How much of what is allowed an error takes. */
const share = ({ error, tolerance }: NodeError): number =>
  tolerance > 0 ? error / tolerance : error > 0 ? Number.POSITIVE_INFINITY : 0;

const worstFirst = (a: NodeError, b: NodeError): number =>
  share(a) === share(b) ? b.error - a.error : share(b) - share(a);

export class StepLedger {
  private readonly ops = new Map<string, OpComparison>();
  private worst: readonly NodeError[] = [];
  private told = Number.NEGATIVE_INFINITY;
  private state: Omit<StepComparison, "ops" | "worst"> = {
    device: "",
    reference: "",
    message: "",
    total: 0,
    done: 0,
    finished: false,
  };

  constructor(
    private readonly tell: (comparison: StepComparison) => void,
    private readonly now: () => number,
  ) {}

  opened(device: string, reference: string): void {
    this.change({ device, reference });
  }

  /** What is being prepared. */
  readonly say = (message: string): void => this.change({ message });

  /** Comparing begins, of so many nodes. */
  expect(total: number): void {
    this.change({ message: "", total });
  }

  /** The next comparison is done. */
  add(plan: NodeError["plan"], comparisons: readonly NodeComparison[]): void {
    for (const compared of comparisons) this.enter({ ...compared, plan, passed: compared.error <= compared.tolerance });
    this.state = { ...this.state, done: this.state.done + 1 };
    if (this.now() - this.told >= TELL_EVERY_MS) this.change({});
  }

  private enter(found: NodeError): void {
    const { op, passed } = found;
    const { compared, failed, worst } = this.ops.get(op) ?? { compared: 0, failed: 0, worst: found };
    this.ops.set(op, {
      op,
      compared: compared + 1,
      failed: failed + (passed ? 0 : 1),
      worst: worstFirst(worst, found) <= 0 ? worst : found,
    });
    this.worst = [...this.worst, found].sort(worstFirst).slice(0, WORST_NODES);
  }

  finish(problem?: string): void {
    this.change({ message: "", finished: true, ...(problem !== undefined && { problem }) });
  }

  private change(part: Partial<StepComparison>): void {
    this.state = { ...this.state, ...part };
    this.told = this.now();
    const ops = [...this.ops.values()].sort((a, b) => worstFirst(a.worst, b.worst));
    this.tell({ ...this.state, ops, worst: this.worst });
  }
}
