/**
 * A session: the commands of a page or a command line, each given to the part that it concerns (session/). Everything it has to say goes
 * out as events, in order; a command's promise resolves when its effect has happened ("start" when the run pauses or ends).
 */
import type { ByteSource } from "../../contracts/byteSource";
import { type Command, commandsOfTheRun } from "../../contracts/command";
import { parseRunConfig, type RunConfig } from "../../contracts/runConfig";
import type { RunEvent } from "../../contracts/runEvent";
import { groupEntries } from "../../core/model/accounting";
import type { Model } from "../../core/model/model";
import type { FileTree } from "../../data/fileTree";
import { blobSource } from "../platform/browser/blobSource";
import type { Platform } from "../platform/platform";
import { buildCatalogue } from "../products/catalogue/catalogue";
import { diagnose } from "../products/diagnose";
import { RunKeeper } from "../run/checkpoints";
import type { Reading } from "../run/prepare/openOptions";
import { checkedModel, Refusal, refusing, refusingLater } from "../run/prepare/refusal";
import { adapterOf } from "../run/prepare/startFromAdapter";
import { raceContestants } from "../studies/race";
import { AdapterInput } from "./adapterInput";
import { DataInput } from "./dataInput";
import { DataInspection } from "./dataInspection";
import { Executors } from "./executors";
import type { Host } from "./host";
import { LatestTask } from "./latestTask";
import { LibraryCommands } from "./libraryCommands";
import { Racer } from "./racer";
import { SvdWarmup } from "./svdWarmup";
import { Trainer } from "./trainer";
import { WeightsInput } from "./weightsInput";

const parsed = (config: RunConfig): RunConfig => refusing(() => parseRunConfig(config));

const stopped = (): Error => new Error("Stopped while preparing.");

type Actions = {
  readonly [Type in Command["type"]]: (command: Extract<Command, { type: Type }>) => Promise<void> | void;
};

export class Session {
  private readonly host: Host;
  private readonly latest = new LatestTask();
  private readonly executors: Executors;
  private readonly data: DataInput;
  private readonly weights: WeightsInput;
  private readonly adapters: AdapterInput;
  private readonly keeper: RunKeeper;
  private readonly library: LibraryCommands;
  private readonly trainer: Trainer;
  private readonly racer: Racer;
  private readonly svdWarmup: SvdWarmup;
  private readonly inspection: DataInspection;

  constructor(platform: Platform, listener: (event: RunEvent) => void) {
    const tell = (event: RunEvent): void => {
      this.trainer.record.add(event);
      listener(event);
    };
    const host: Host = { platform, tell, fail: (error) => this.fail(error) };
    const onChange = (): void => this.tellCatalogue();
    this.host = host;
    this.executors = new Executors(host, onChange, (reason) => this.deviceLost(reason));
    this.data = new DataInput(host, onChange);
    this.weights = new WeightsInput(host, onChange);
    this.adapters = new AdapterInput(host, this.weights);
    this.keeper = new RunKeeper(platform.keeping, tell, platform.whyNothingKept);
    this.library = new LibraryCommands(this.keeper, host, this.data, this.weights, this.adapters);
    this.svdWarmup = new SvdWarmup(host);
    this.inspection = new DataInspection(host, this.data);
    const { executors, data, weights, keeper } = this;
    this.trainer = new Trainer({ host, executors, data, weights, keeper });
    this.racer = new Racer(host, executors, data);
  }

  /** Finds out what can run and tells the catalogue. */
  async open(): Promise<void> {
    await this.executors.probe();
    this.tellCatalogue();
  }

  /** Never rejects: what goes wrong is told as a "failed" event. */
  send(command: Command): Promise<void> {
    return this.guard(command.type, () =>
      (this.actions[command.type] as (command: Command) => Promise<void> | void)(command),
    );
  }

  /** Headless: reads a data set from any tree of files; `place`: the path at which other threads find it. */
  openTree(tree: FileTree, name: string, place: string, reading?: Reading): Promise<void> {
    return this.guard("open-folder", () => this.data.open(tree, name, { place, ...(reading && { wanted: reading }) }));
  }

  /** Headless: reads weights, or an adapter, from any files. */
  openWeights(sources: readonly ByteSource[]): Promise<void> {
    return this.guard("open-weights", () => this.adapters.open(sources));
  }

  async dispose(): Promise<void> {
    this.inspection.stopSurvey();
    await this.latest.end();
    await this.svdWarmup.stop();
    await this.drop();
    await this.executors.close();
    this.host.platform.svd.close();
    this.host.platform.rows?.close();
  }

  private readonly actions: Actions = {
    "open-folder": ({ files, name }) => this.data.openFiles(files, name),
    "open-weights": ({ files }) =>
      this.adapters.open(files.map(({ path, file }) => blobSource(path.replace(/^.*[\\/]/, ""), file))),
    prepare: ({ config }) => this.prepare(parsed(config)),
    count: ({ config }) => this.count(config),
    start: () => this.trainer.loop.start(),
    pause: () => {
      this.latest.stop(stopped());
      return this.trainer.pause();
    },
    step: () => this.trainer.loop.step(),
    stop: () => this.trainer.loop.stop(),
    reset: () => this.trainer.reset(),
    evaluate: () => this.trainer.loop.evaluate(),
    keep: ({ every }) => this.keepEvery(every),
    resume: ({ from }) => this.resume(from),
    library: ({ persist }) => this.library.tell(persist ?? false),
    "library-remove": ({ id }) => this.library.remove(id),
    "library-keep": ({ what, ifSmall }) => (ifSmall ? this.library.keepSmallData() : this.library.keep(what)),
    "library-open": ({ id }) => this.library.open(id),
    survey: (command) => this.inspection.survey({ ...command, config: parsed(command.config) }),
    thumbnails: (command) => this.inspection.thumbnails({ ...command, config: parsed(command.config) }),
    "augment-preview": (command) => this.inspection.preview({ ...command, config: parsed(command.config) }),
    "count-subset": (command) => this.inspection.count({ ...command, config: parsed(command.config) }),
    decompose: ({ config }) => this.decompose(parsed(config)),
    diagnose: ({ device }) => diagnose(device, this.executors.probed, this.host.platform, this.host.tell),
    "update-analysis": () => this.trainer.analyseUpdates(),
    export: ({ what }) => this.trainer.export(what),
    "race-prepare": ({ config, contestants }) => this.prepareRace(parsed(config), contestants),
    "race-start": () => this.racer.need().start(),
    "race-pause": async () => {
      this.latest.stop(stopped());
      await this.racer.pause();
    },
    "race-stop": () => this.racer.need().stop(),
  };

  private async guard(of: Command["type"], act: () => Promise<void> | void): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.fail(error as Error, of);
    }
  }

  /** `of`: the command that could not be carried out; absent: what was going on failed by itself. */
  private fail(error: Error, of?: Command["type"]): void {
    if (error.name === "AbortError") return;
    const { message, stack: detail = "" } = error;
    const refused = error instanceof Refusal ? ({ refused: true } as const) : {};
    this.host.tell({ type: "failed", message, detail, recoverable: true, ...refused, ...(of && { of }) });
    if (of === undefined || commandsOfTheRun.includes(of)) this.host.tell({ type: "state", state: "failed", message });
  }

  private tellCatalogue(): void {
    const { executors, data, host } = this;
    const catalogue = buildCatalogue(executors.probed, executors.active, data.entries(), host.platform.opened);
    host.tell({ type: "catalogue", catalogue });
  }

  private deviceLost(reason: string): void {
    this.trainer.lose();
    this.fail(
      new Error(
        `The GPU device was lost (${reason}). Prepare again, or go on from the last checkpoint where one was kept.`,
      ),
    );
  }

  /** A run or a race in progress is dropped for what is built in its place. */
  private inTurn<T>(what: T, build: (what: T, signal: AbortSignal) => Promise<void>): Promise<void> {
    return this.latest.take(async ({ signal }) => {
      await this.svdWarmup.stop();
      await this.drop();
      await build(what, signal);
    });
  }

  private prepare(config: RunConfig): Promise<void> {
    refusing(() => this.adapters.check(config));
    return this.inTurn(config, (known, signal) => this.trainer.prepare(known, signal));
  }

  private async drop(): Promise<void> {
    await Promise.all([this.trainer.drop(), this.racer.drop()]);
  }

  /** Shapes and counts of the model that a configuration would train. @throws Refusal where there is none. */
  private async model(config: RunConfig): Promise<Model> {
    const source = await refusingLater(() => this.data.source(config));
    refusing(() => adapterOf(config, this.host.platform));
    return checkedModel(config, source, this.host.platform.opened);
  }

  private async count(config: RunConfig): Promise<void> {
    const told = { type: "counted", config, problem: "" } as const;
    try {
      const { layout } = await this.model(refusing(() => parseRunConfig(config)));
      this.host.tell({ ...told, parameters: groupEntries(layout) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.host.tell({ ...told, parameters: [], problem: error.message });
    }
  }

  /** After what is being prepared, which decomposes the same weights and needs the workers. */
  private async decompose(config: RunConfig): Promise<void> {
    const model = await this.model(config);
    await this.latest.idle();
    await this.svdWarmup.warm(config.backbone, model);
  }

  private keepEvery(every: number | null): void {
    if (every !== null && !(Number.isSafeInteger(every) && every >= 0))
      throw new Error(`Checkpoints every ${every} steps: expected a whole number, 0 for only where the run rests.`);
    this.keeper.need();
    this.keeper.every = every;
  }

  private resume(from: Extract<Command, { type: "resume" }>["from"]): Promise<void> {
    return this.inTurn(from, async (what, signal) => {
      const [state, folder] = await refusingLater(() => this.trainer.find(what));
      await refusingLater(() => this.library.bring(state));
      await this.trainer.resume(state, folder, signal);
    });
  }

  private prepareRace(config: RunConfig, ids: readonly string[]): Promise<void> {
    const contestants = refusing(() => raceContestants(ids));
    return this.inTurn(config, (known, signal) => this.racer.prepare(known, contestants, signal));
  }
}
