/** The race of a session: prepared, driven, dropped. */
import type { RunConfig } from "../../contracts/runConfig";
import type { RunEvent } from "../../contracts/runEvent";
import { refusingLater } from "../run/prepare/refusal";
import { Race, type raceContestants } from "../studies/race";
import type { DataInput } from "./dataInput";
import type { Executors } from "./executors";
import type { Host } from "./host";

export class Racer {
  private race: Race | null = null;

  constructor(
    private readonly host: Host,
    private readonly executors: Executors,
    private readonly data: DataInput,
  ) {}

  /** @throws where none is prepared. */
  need(): Race {
    if (!this.race) throw new Error("No race is prepared. Choose its contestants and wait until it is ready.");
    return this.race;
  }

  async pause(): Promise<void> {
    await this.race?.pause();
  }

  async drop(): Promise<void> {
    const { race } = this;
    this.race = null;
    await race?.dispose();
  }

  /** Every contestant has a method of its own and starts from the backbone alone. @throws where a contestant cannot be prepared, which is told too, and where `signal` fires. */
  async prepare(
    { adapter: _, ...config }: RunConfig,
    contestants: ReturnType<typeof raceContestants>,
    signal: AbortSignal,
  ): Promise<void> {
    // The contestants' executors take the device's memory; the session's own is opened again by the next run.
    await this.executors.close();
    const source = await refusingLater(() => this.data.source(config));
    const { platform, tell, fail } = this.host;
    const host = {
      platform,
      openExecutor: () => this.executors.openOwn(config.device),
      tell: (event: RunEvent) => {
        if (!signal.aborted) tell(event);
      },
      fail,
    };
    try {
      this.race = await Race.prepare(host, config, contestants, source, signal);
    } catch (error) {
      const { message } = error as Error;
      if (!signal.aborted) tell({ type: "race-state", state: "failed", message });
      throw error;
    }
  }
}
