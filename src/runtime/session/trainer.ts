/** The run of a session: prepared, taken on from a checkpoint, trained, measured, shown, kept, written. */
import type { Command } from "../../contracts/command";
import type { RunConfig } from "../../contracts/runConfig";
import type { RunInputs } from "../../contracts/runEvent";
import { type RunState, readRunState } from "../../core/checkpoint/runState";
import type { Loop } from "../../core/train/loop";
import { checkExport, exportFiles } from "../products/export/registry";
import { RunRecord } from "../run/artefacts";
import type { RunKeeper } from "../run/checkpoints";
import { constantScores } from "../run/evaluation";
import { prepareRun } from "../run/prepare/prepare";
import type { PreparedRun } from "../run/prepare/preparedRun";
import { checkedModel, refusing, refusingLater } from "../run/prepare/refusal";
import { adapterOf } from "../run/prepare/startFromAdapter";
import { runLoop } from "../run/runLoop";
import type { DataInput } from "./dataInput";
import type { Executors } from "./executors";
import type { Host } from "./host";
import type { WeightsInput } from "./weightsInput";

interface Active {
  readonly run: PreparedRun;
  loop: Loop;
}

export interface TrainerParts {
  readonly host: Host;
  readonly executors: Executors;
  readonly data: DataInput;
  readonly weights: WeightsInput;
  readonly keeper: RunKeeper;
}

export class Trainer {
  readonly record = new RunRecord();
  private active: Active | null = null;

  constructor(private readonly parts: TrainerParts) {}

  /** The loop of the prepared run. @throws where there is none. */
  get loop(): Loop {
    return this.need().loop;
  }

  private need(): Active {
    if (!this.active) throw new Error("No run is prepared. Choose a configuration and wait until it is ready.");
    return this.active;
  }

  prepare(config: RunConfig, signal: AbortSignal): Promise<void> {
    this.parts.keeper.begin();
    return this.build({ config }, signal, null);
  }

  /** The checkpoint to go on with, and its folder in the library; null: it came as a file. @throws where there is none that is whole. */
  async find(from: Extract<Command, { type: "resume" }>["from"]): Promise<readonly [RunState, string | null]> {
    const { keeper } = this.parts;
    if ("run" in from) return [await keeper.open(from.run), from.run];
    keeper.begin();
    return [readRunState(from.bytes), null];
  }

  resume(state: RunState, folder: string | null, signal: AbortSignal): Promise<void> {
    return this.build(state, signal, folder);
  }

  async pause(): Promise<void> {
    await this.active?.loop.pause();
  }

  /** Back to step 0; what was kept of the run so far stays. */
  async reset(): Promise<void> {
    const active = this.need();
    this.refuseReset(active.run);
    await active.loop.dispose();
    active.run.reset();
    this.parts.keeper.begin();
    active.loop = this.makeLoop(active.run, null);
    const { tell } = this.parts.host;
    tell({ type: "reset" });
    tell({ type: "warps", step: 0, theta: await active.run.theta() });
    tell({ type: "state", state: "ready", message: "" });
  }

  /** @throws where the beginning lies in an adapter that was not there when the run went on. */
  private refuseReset({ parts: { config, adapted } }: PreparedRun): void {
    if (!config.adapter || adapted) return;
    throw new Error(
      `This run began from the adapter ${config.adapter.name}, which was not open when it went on from its checkpoint. ` +
        `Open the adapter (SHA-256 ${config.adapter.sha256}) and prepare the run anew to begin from it again.`,
    );
  }

  async drop(): Promise<void> {
    const { active } = this;
    this.active = null;
    await active?.loop.dispose();
    await active?.run.dispose();
  }

  /** The executor is gone, and everything that the run had in it. */
  lose(): void {
    void this.active?.loop.dispose();
    this.active = null;
  }

  /** Measures what training did. Between steps; a run that was going goes on afterwards. */
  analyseUpdates(): Promise<void> {
    const { host } = this.parts;
    return this.between(async ({ run, loop }) => {
      const { state } = loop;
      host.tell({ type: "state", state: "evaluating", message: "Measuring what training did to the weights" });
      try {
        host.tell({
          type: "update-analysis",
          updateAnalysis: await run.updateAnalysis(loop.position, host.platform.svd),
        });
      } finally {
        host.tell({ type: "state", state, message: "" });
      }
    });
  }

  /** Writes the run in one of its forms. Between steps; a run that was going goes on afterwards. */
  async export(what: string): Promise<void> {
    const { host } = this.parts;
    this.need();
    refusing(() => checkExport(what));
    await this.between(async ({ run, loop }) => {
      if (loop.state === "finished") this.record.finish("finished");
      const { executorHost, rasterise } = host.platform;
      const context = { run, record: this.record, executorHost, ...(rasterise && { rasterise }) };
      const files = await exportFiles(what, context);
      for (const { path, mime, bytes } of files)
        host.tell({ type: "artefact", name: path, mime, bytes: new Uint8Array(bytes) });
      host.tell({ type: "exported", what, files: files.length });
    });
  }

  private between(work: (active: Active) => Promise<void>): Promise<void> {
    const { loop } = this.need();
    return loop.aside(() => work(this.need()));
  }

  /** `start`: the configuration of a new run, or the checkpoint of one that goes on, in the folder `folder`. */
  private async build(
    start: { readonly config: RunConfig } | RunState,
    signal: AbortSignal,
    folder: string | null,
  ): Promise<void> {
    const { host, executors, data } = this.parts;
    const { config } = start;
    const kept = "states" in start ? start : null;
    const say = (message: string, progress: number): void => {
      if (!signal.aborted) host.tell({ type: "state", state: "preparing", message, progress });
    };
    const source = await refusingLater(() => data.source(config));
    if (!kept) refusing(() => adapterOf(config, host.platform));
    checkedModel(config, source, host.platform.opened);
    await data.remember(config);
    say("Opening the device", 0);
    const { engine, info } = await executors.open(config.device);
    const run = await prepareRun(config, source, engine, host.platform, say, signal, kept !== null);
    try {
      say("Measuring a constant answer", 0.9);
      const baseline = await constantScores(run.parts.batches, run.parts.model.tasks);
      if (kept) run.restore(kept);
      signal.throwIfAborted();
      const theta = await run.theta();
      this.active = { run, loop: this.makeLoop(run, kept) };
      host.tell({
        type: "prepared",
        config,
        executor: info,
        sites: run.sites(),
        parameters: run.parameterCounts(),
        stepsPerEpoch: run.stepsPerEpoch,
        dispatches: run.dispatches(),
        memoryBytes: run.memoryBytes(),
        baseline,
        inputs: await this.inputsOf(config),
      });
      if (!kept)
        for (const message of run.parts.adapted?.notes ?? []) host.tell({ type: "log", level: "info", message });
      if (kept) this.tellHistory(kept, folder, engine.description);
      host.tell({ type: "warps", step: kept?.step ?? 0, theta });
      host.tell({ type: "state", state: kept ? "paused" : "ready", message: "" });
    } catch (error) {
      await run.dispose();
      throw error;
    }
  }

  private tellHistory({ step, history, device }: RunState, run: string | null, now: string): void {
    const { tell } = this.parts.host;
    tell({ type: "resumed", run, step });
    if (device !== now) {
      const message = `This run was on ${device} so far and goes on on ${now}: from here on its numbers may differ in their last digits.`;
      tell({ type: "log", level: "warning", message });
    }
    for (const event of history) tell(event);
  }

  private async keep(run: PreparedRun, step: number): Promise<void> {
    const { config, baseHash, batches, executor } = run.parts;
    await this.parts.keeper.keep(async () => ({
      config,
      baseHash,
      device: executor.description,
      images: batches.size,
      needs: await this.inputsOf(config),
      step,
      states: await run.states(),
      history: this.record.history(),
    }));
  }

  private async inputsOf(config: RunConfig): Promise<RunInputs> {
    const { data, weights } = this.parts;
    return { data: data.identityOf(config), weights: await weights.identityOf(config) };
  }

  private makeLoop(run: PreparedRun, kept: RunState | null): Loop {
    const { host, keeper } = this.parts;
    return runLoop({ host, run, kept, keepEvery: () => keeper.every ?? 0, keep: (done) => this.keep(run, done) });
  }
}
