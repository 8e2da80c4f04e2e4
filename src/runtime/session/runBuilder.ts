/** From a request to a run at work: what it uses is checked, an executor opened, the model built; or nothing is left of it. */
import type { ExecutorInfo } from "../../contracts/catalogue";
import type { RunId } from "../../contracts/run";
import type { RunConfig } from "../../contracts/runConfig";
import type { EventOfRun, RunInputs } from "../../contracts/runEvent";
import type { DataSource } from "../../contracts/sample";
import type { RunState as Checkpoint } from "../../core/checkpoint/runState";
import type { Executor } from "../../core/exec/executor";
import { predictionPictures } from "../products/pictures/pictures";
import type { RunRecord } from "../run/artefacts";
import { constantScores } from "../run/evaluation";
import { LiveRun } from "../run/liveRun";
import { prepareRun } from "../run/prepare/prepare";
import type { PreparedRun } from "../run/prepare/preparedRun";
import { checkedModel, refusing, refusingLater } from "../run/prepare/refusal";
import { adapterOf } from "../run/prepare/startFromAdapter";
import type { AdapterInput } from "./adapterInput";
import type { DataInput } from "./dataInput";
import type { Executors } from "./executors";
import type { Host } from "./host";
import type { RunArchive } from "./runArchive";
import { RUN_LOCK } from "./runLock";
import type { WeightsInput } from "./weightsInput";

export interface BuilderParts {
  readonly host: Host;
  readonly executors: Executors;
  readonly data: DataInput;
  readonly weights: WeightsInput;
  readonly adapters: AdapterInput;
  readonly archive: RunArchive;
}

/** What a run is built from. */
export interface Blueprint {
  readonly run: RunId;
  readonly config: RunConfig;
  /** Absent: from its first step. */
  readonly resumes?: Checkpoint;
  /** Begins with the weights of this checkpoint in place of fresh ones. */
  readonly startsFrom?: Checkpoint;
  /** Among others, which hold executors of their own. */
  readonly ownExecutor: boolean;
  readonly record: RunRecord;
  /** Built beside what is at work: it is not told as preparing, and another tab may have it. */
  readonly isQuiet?: boolean;
  keepEvery(): number | null;
}

interface Engine {
  readonly engine: Executor;
  readonly info: ExecutorInfo;
}

export class RunBuilder {
  constructor(private readonly parts: BuilderParts) {}

  /** The data of a run, chosen and checked. @throws Refusal where the run cannot be. */
  async source({ config, resumes }: Pick<Blueprint, "config" | "resumes">): Promise<DataSource> {
    const { data, adapters } = this.parts;
    const source = await refusingLater(() => data.source(config));
    if (!resumes) refusing(() => adapterOf(config, adapters.inputs));
    checkedModel(config, source, adapters.inputs);
    return source;
  }

  /** `source`: shared by the runs of a group. @throws where it cannot be built; nothing of it is left then. */
  async build(blueprint: Blueprint, source: DataSource, signal: AbortSignal): Promise<LiveRun> {
    const { executors, data, archive, host } = this.parts;
    const { run, config } = blueprint;
    const say = (message: string, progress: number): void => {
      if (!signal.aborted && !blueprint.isQuiet)
        host.tell({ type: "state", run, state: "preparing", message, progress });
    };
    const release = blueprint.isQuiet ? () => {} : await this.lock(run);
    try {
      await data.remember(config);
      say("Opening the device", 0);
      const opened = blueprint.ownExecutor
        ? await executors.openOwn(config.device)
        : await executors.open(config.device);
      const closing = blueprint.ownExecutor ? () => opened.engine.dispose() : async () => {};
      return await this.assemble(blueprint, source, opened, say, signal, async () => {
        await closing();
        await archive.flush();
        release();
      });
    } catch (error) {
      release();
      throw error;
    }
  }

  private async assemble(
    blueprint: Blueprint,
    source: DataSource,
    { engine, info }: Engine,
    say: (message: string, progress: number) => void,
    signal: AbortSignal,
    onDispose: () => Promise<void>,
  ): Promise<LiveRun> {
    const { host, archive, adapters } = this.parts;
    const { run, config, resumes, startsFrom, record, keepEvery } = blueprint;
    let prepared: PreparedRun | undefined;
    try {
      const request = {
        config,
        source,
        inputs: adapters.inputs,
        executor: engine,
        resumes: resumes !== undefined,
        ...(startsFrom && { startsFrom }),
      };
      prepared = await prepareRun(request, host, say, signal);
      say("Measuring the baselines", 0.9);
      const baseline = await constantScores(prepared.parts.batches, prepared.parts.model.tasks);
      if (resumes) prepared.restore(resumes);
      signal.throwIfAborted();
      this.sayDevices(resumes, engine.description);
      const checkpoints = archive.checkpoints(run);
      const drawn = prepared;
      return new LiveRun({
        run,
        prepared,
        info,
        inputs: await this.inputsOf(config),
        baseline,
        record,
        ...(checkpoints && { checkpoints }),
        keepEvery,
        draw: (shown) => predictionPictures(drawn.parts, shown),
        wantsWarps: (step) => archive.wantsWarps(run, step),
        tell: (event: EventOfRun) => host.tell(event),
        log: (level, message) => host.tell({ type: "log", level, message }),
        now: () => host.platform.now(),
        onDispose,
      });
    } catch (error) {
      await prepared?.dispose();
      if (blueprint.ownExecutor) await engine.dispose();
      throw error;
    }
  }

  private async inputsOf(config: RunConfig): Promise<RunInputs> {
    const { data, weights } = this.parts;
    return { data: data.identityOf(config), weights: await weights.identityOf(config) };
  }

  private sayDevices(resumes: Checkpoint | undefined, now: string): void {
    if (!resumes || resumes.device === now) return;
    const message = `This run was on ${resumes.device} so far and goes on on ${now}: from here on its losses and metrics may differ in their last digits.`;
    this.parts.host.tell({ type: "log", level: "warning", message });
  }

  /** @throws where another tab has the run. */
  async lock(run: RunId): Promise<() => void> {
    const { platform } = this.parts.host;
    if (!platform.lock) return () => {};
    const release = await platform.lock(RUN_LOCK + run);
    if (release) return release;
    throw new Error("This run is training in another tab. Pause it there and close that tab, then continue here.");
  }
}
