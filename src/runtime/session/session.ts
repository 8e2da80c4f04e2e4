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
import type { Environment } from "../platform/platform";
import { buildCatalogue } from "../products/catalogue/catalogue";
import { diagnose } from "../products/diagnose";
import { RunKeeper } from "../run/checkpoints";
import type { Reading } from "../run/prepare/openOptions";
import { checkedModel, Refusal, refusing, refusingLater } from "../run/prepare/refusal";
import { adapterOf } from "../run/prepare/startFromAdapter";
import { raceContestants } from "../studies/race";
import { AdapterShelf } from "./adapterInput";
import { DataShelf } from "./dataInput";
import { Examiner } from "./dataInspection";
import { Engines } from "./executors";
import type { Host } from "./host";
import { Turns } from "./latestTask";
import { Librarian } from "./libraryCommands";
import { Racer } from "./racer";
import { Decomposer } from "./svdWarmup";
import { Trainer } from "./trainer";
import { WeightsShelf } from "./weightsInput";

const parsed = (config: RunConfig): RunConfig => refusing(() => parseRunConfig(config));

const stopped = (): Error => new Error("Stopped while preparing.");

type Actions = {
  readonly [Type in Command["type"]]: (command: Extract<Command, { type: Type }>) => Promise<void> | void;
};

export class Session {
  private readonly host: Host;
  private readonly turns = new Turns();
  private readonly engines: Engines;
  private readonly data: DataShelf;
  private readonly weights: WeightsShelf;
  private readonly adapters: AdapterShelf;
  private readonly keeper: RunKeeper;
  private readonly librarian: Librarian;
  private readonly trainer: Trainer;
  private readonly racer: Racer;
  private readonly decomposer: Decomposer;
  private readonly examiner: Examiner;

  constructor(environment: Environment, listener: (event: RunEvent) => void) {
    const tell = (event: RunEvent): void => {
      this.trainer.record.add(event);
      listener(event);
    };
    const host: Host = { environment, tell, fail: (error) => this.fail(error) };
    const onChange = (): void => this.tellCatalogue();
    this.host = host;
    this.engines = new Engines(host, onChange, (reason) => this.deviceLost(reason));
    this.data = new DataShelf(host, onChange);
    this.weights = new WeightsShelf(host, onChange);
    this.adapters = new AdapterShelf(host, this.weights);
    this.keeper = new RunKeeper(environment.keeping, tell);
    this.librarian = new Librarian(this.keeper, host, this.data, this.weights, this.adapters);
    this.decomposer = new Decomposer(host);
    this.examiner = new Examiner(host, this.data);
    const { engines, data, weights, keeper } = this;
    this.trainer = new Trainer({ host, engines, data, weights, keeper });
    this.racer = new Racer(host, engines, data);
  }

  /** Finds out what can run and tells the catalogue. */
  async open(): Promise<void> {
    await this.engines.probe();
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
    this.examiner.stopSurvey();
    await this.turns.end();
    await this.decomposer.stop();
    await this.drop();
    await this.engines.close();
    this.host.environment.svd.close();
    this.host.environment.rows?.close();
  }

  private readonly actions: Actions = {
    "open-folder": ({ files, name }) => this.data.openFiles(files, name),
    "open-weights": ({ files }) =>
      this.adapters.open(files.map(({ path, file }) => blobSource(path.replace(/^.*[\\/]/, ""), file))),
    prepare: ({ config }) => this.prepare(parsed(config)),
    count: ({ config }) => this.count(config),
    start: () => this.trainer.loop.start(),
    pause: () => {
      this.turns.stop(stopped());
      return this.trainer.pause();
    },
    step: () => this.trainer.loop.step(),
    stop: () => this.trainer.loop.stop(),
    reset: () => this.trainer.reset(),
    evaluate: () => this.trainer.loop.evaluate(),
    keep: ({ every }) => this.keepEvery(every),
    resume: ({ from }) => this.resume(from),
    library: ({ persist }) => this.librarian.tell(persist ?? false),
    "library-remove": ({ id }) => this.librarian.remove(id),
    "library-keep": ({ what }) => this.librarian.keep(what),
    "library-open": ({ id }) => this.librarian.open(id),
    survey: (command) => this.examiner.survey({ ...command, config: parsed(command.config) }),
    thumbnails: (command) => this.examiner.thumbnails({ ...command, config: parsed(command.config) }),
    "augment-preview": (command) => this.examiner.preview({ ...command, config: parsed(command.config) }),
    "count-subset": (command) => this.examiner.count({ ...command, config: parsed(command.config) }),
    decompose: ({ config }) => this.decompose(parsed(config)),
    diagnose: ({ device }) => diagnose(device, this.engines.probed, this.host.environment, this.host.tell),
    evidence: () => this.trainer.measureEvidence(),
    export: ({ what }) => this.trainer.export(what),
    "race-prepare": ({ config, contestants }) => this.prepareRace(parsed(config), contestants),
    "race-start": () => this.racer.need().start(),
    "race-pause": async () => {
      this.turns.stop(stopped());
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
    const { engines, data, host } = this;
    const catalogue = buildCatalogue(engines.probed, engines.active, data.entries(), host.environment.opened);
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
    return this.turns.take(async ({ signal }) => {
      await this.decomposer.stop();
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
    refusing(() => adapterOf(config, this.host.environment));
    return checkedModel(config, source, this.host.environment.opened);
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
    await this.turns.idle();
    await this.decomposer.warm(config.backbone, model);
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
      await refusingLater(() => this.librarian.bring(state));
      await this.trainer.resume(state, folder, signal);
    });
  }

  private prepareRace(config: RunConfig, ids: readonly string[]): Promise<void> {
    const contestants = refusing(() => raceContestants(ids));
    return this.inTurn(config, (known, signal) => this.racer.prepare(known, contestants, signal));
  }
}
