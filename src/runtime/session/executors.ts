/** The executors of a session: which can run, the one that runs, and what becomes of it when its device is lost. */

import type { ExecutorInfo } from "../../contracts/catalogue";
import type { DeviceChoice } from "../../contracts/runConfig";
import type { Executor } from "../../core/exec/executor";
import { chooseExecutor, type Probed, probeExecutors } from "../../core/exec/registry";
import type { Host } from "./host";

type Choice = Probed["entry"]["choice"];

export interface Opened {
  readonly engine: Executor;
  readonly info: ExecutorInfo;
}

export class Executors {
  probed: readonly Probed[] = [];
  private current: { readonly choice: Choice; readonly engine: Executor } | null = null;

  constructor(
    private readonly host: Host,
    /** The executor in use is another one. */
    private readonly onChange: () => void,
    private readonly onLost: (reason: string) => void,
  ) {}

  async probe(): Promise<void> {
    this.probed = await probeExecutors(this.host.platform.executorHost);
  }

  get active(): Choice | null {
    return this.current?.choice ?? null;
  }

  /** The session's executor: the one that runs where it is the chosen one, else that is closed and the chosen one opened. */
  async open(choice: DeviceChoice): Promise<Opened> {
    const { entry } = chooseExecutor(this.probed, choice);
    if (this.current?.choice !== entry.choice) {
      await this.close();
      const engine = await entry.open(this.host.platform.executorHost);
      this.current = { choice: entry.choice, engine };
      void engine.lost.then((reason) => this.lose(engine, reason));
      this.onChange();
    }
    const { engine } = this.current!;
    return { engine, info: this.describe(choice, engine) };
  }

  /** One that nobody else uses; the caller closes it. */
  async openOwn(choice: DeviceChoice): Promise<Opened> {
    const { entry } = chooseExecutor(this.probed, choice);
    const engine = await entry.open(this.host.platform.executorHost);
    return { engine, info: this.describe(choice, engine) };
  }

  async close(): Promise<void> {
    const idle = this.current;
    this.current = null;
    await idle?.engine.dispose();
  }

  private describe(wanted: DeviceChoice, { description }: Executor): ExecutorInfo {
    const { entry, reason } = chooseExecutor(this.probed, wanted);
    const why = wanted === "auto" ? reason : "chosen by you";
    return { choice: entry.choice, description, reason: why, available: true, active: true };
  }

  private lose(engine: Executor, reason: string): void {
    if (this.current?.engine !== engine) return;
    this.current = null;
    this.onLost(reason);
  }
}
