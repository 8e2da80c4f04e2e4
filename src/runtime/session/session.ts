/**
 * A session: the commands of a page or a command line, each given to the part that it concerns (session/). Everything it has to say goes
 * out as events, in order; a command's promise resolves when its effect has happened ("start" when the run pauses or ends).
 */
import type { ByteSource } from "../../contracts/byteSource";
import { type Command, commandsOfTheRun } from "../../contracts/command";
import type { RunId } from "../../contracts/run";
import { parseRunConfig, type RunConfig } from "../../contracts/runConfig";
import type { EventOfRun, RunEvent } from "../../contracts/runEvent";
import { groupEntries } from "../../core/model/accounting";
import type { Model } from "../../core/model/model";
import type { FileTree } from "../../data/fileTree";
import { blobSource } from "../platform/blobSource";
import type { Platform } from "../platform/platform";
import { buildCatalogue } from "../products/catalogue/catalogue";
import { diagnose } from "../products/diagnose";
import type { Reading } from "../run/prepare/openOptions";
import { checkedModel, Refusal, refusing, refusingLater } from "../run/prepare/refusal";
import { adapterOf } from "../run/prepare/startFromAdapter";
import type { Workers } from "../workers/workers";
import { AdapterInput } from "./adapterInput";
import { DataInput } from "./dataInput";
import { DataInspection } from "./dataInspection";
import { Executors } from "./executors";
import type { Host } from "./host";
import { LatestTask } from "./latestTask";
import { LibraryCommands } from "./libraryCommands";
import { RunArchive } from "./runArchive";
import { RunBuilder } from "./runBuilder";
import { RunCommands } from "./runCommands";
import { Runs } from "./runs";
import { StepCheck } from "./stepCheck";
import { SvdWarmup } from "./svdWarmup";
import { WeightsInput } from "./weightsInput";

const parsed = (config: RunConfig): RunConfig => refusing(() => parseRunConfig(config));

type Actions = {
  readonly [Type in Command["type"]]: (command: Extract<Command, { type: Type }>) => Promise<void> | void;
};

const isOfRun = (event: RunEvent): event is EventOfRun =>
  "run" in event && event.run !== undefined && event.type !== "failed";

export class Session {
  private readonly host: Host;
  private readonly latest = new LatestTask();
  private readonly executors: Executors;
  private readonly data: DataInput;
  private readonly weights: WeightsInput;
  private readonly adapters: AdapterInput;
  private readonly library: LibraryCommands;
  private readonly archive: RunArchive;
  private readonly runs: Runs;
  private readonly runCommands: RunCommands;
  private readonly svdWarmup: SvdWarmup;
  private readonly inspection: DataInspection;
  private readonly stepCheck: StepCheck;

  constructor(platform: Platform, workers: Workers, listener: (event: RunEvent) => void) {
    const tell = (event: RunEvent): void => {
      if (isOfRun(event)) this.runs.hear(event);
      listener(event);
    };
    const host: Host = { platform, workers, tell, fail: (error) => this.fail(error) };
    const onChange = (): void => this.tellCatalogue();
    this.host = host;
    this.executors = new Executors(host, onChange, (reason) => void this.runCommands.recover(reason));
    this.weights = new WeightsInput(host, onChange);
    this.data = new DataInput(host, this.weights, onChange);
    this.adapters = new AdapterInput(host, this.weights);
    this.archive = new RunArchive(host);
    const { archive } = this;
    this.library = new LibraryCommands(host, this.data, this.weights, this.adapters);
    this.svdWarmup = new SvdWarmup(host, this.weights);
    this.inspection = new DataInspection(host, this.data, this.adapters);
    const { executors, data, weights, adapters, library, latest, svdWarmup } = this;
    this.stepCheck = new StepCheck(host, executors, data, adapters);
    const builder = new RunBuilder({ host, executors, data, weights, adapters, archive });
    const failed = (error: Error, run: RunId): void => this.fail(error, undefined, run);
    this.runs = new Runs(host, archive, builder, listener, failed);
    const before = () => svdWarmup.stop();
    this.runCommands = new RunCommands({
      host,
      runs: this.runs,
      archive,
      builder,
      executors,
      library,
      latest,
      before,
      failed,
    });
  }

  /** Finds out what can run and tells the catalogue. */
  async open(): Promise<void> {
    await this.executors.probe();
    this.tellCatalogue();
  }

  /** Never rejects: what goes wrong is told as a "failed" event. */
  send(command: Command): Promise<void> {
    const run = "run" in command ? command.run : undefined;
    return this.guard(
      command.type,
      () => (this.actions[command.type] as (command: Command) => Promise<void> | void)(command),
      run,
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
    await this.stepCheck.stop();
    await this.latest.end();
    await this.svdWarmup.stop();
    await this.runCommands.dispose();
    await this.executors.close();
    this.host.workers.svd.close();
    this.host.workers.samples?.close();
  }

  private readonly actions: Actions = {
    "open-folder": ({ files, name }) => this.data.openFiles(files, name),
    "open-weights": ({ files }) =>
      this.adapters.open(files.map(({ path, file }) => blobSource(path.replace(/^.*[\\/]/, ""), file))),
    prepare: (request) => {
      const config = parsed(request.config);
      refusing(() => this.adapters.check(config));
      return this.runCommands.prepare({ ...request, config });
    },
    study: ({ study, kind, groups }) =>
      this.runCommands.study(
        study,
        kind,
        groups.map((group) => group.map((request) => ({ ...request, config: parsed(request.config) }))),
      ),
    "end-study": ({ study }) => this.runCommands.endStudy(study),
    count: ({ config }) => this.count(config),
    start: ({ run }) => this.runCommands.start(run),
    pause: ({ run }) => this.runCommands.pause(run),
    step: ({ run }) => this.runCommands.step(run),
    stop: ({ run }) => this.runs.needGroup(run).loop.stop(),
    evaluate: ({ run }) => this.runs.needGroup(run).loop.evaluate(),
    restart: ({ run, of }) => this.runCommands.restart(run, of),
    change: ({ run, field, value }) => this.runCommands.change(run, field, value),
    branch: (command) =>
      this.runCommands.branch({ ...command, ...(command.config && { config: parsed(command.config) }) }),
    resume: ({ run }) => this.runCommands.resume(run),
    "open-run": ({ run }) => this.runs.open(run),
    "import-run": ({ run, files }) => this.runCommands.importRun(run, files),
    "rename-run": ({ run, name, note }) => this.runCommands.rename(run, name, note),
    "remove-run": ({ run }) => this.runCommands.remove(run),
    keep: ({ every }) => this.keepEvery(every),
    library: ({ persist }) => this.library.tell(persist ?? false),
    "library-remove": async ({ id }) => {
      await this.library.remove(id, () => this.archive.forget(id));
    },
    "library-keep": ({ what, ifSmall }) => (ifSmall ? this.library.keepSmallData() : this.library.keep(what)),
    "library-open": ({ id }) => this.library.open(id),
    survey: (command) => this.inspection.survey({ ...command, config: parsed(command.config) }),
    thumbnails: (command) => this.inspection.thumbnails({ ...command, config: parsed(command.config) }),
    "augment-preview": (command) => this.inspection.preview({ ...command, config: parsed(command.config) }),
    "count-subset": (command) => this.inspection.count({ ...command, config: parsed(command.config) }),
    decompose: ({ config }) => this.decompose(parsed(config)),
    "compare-step": (command) => this.stepCheck.compare({ ...command, config: parsed(command.config) }),
    diagnose: ({ device }) => diagnose(device, this.executors.probed, this.host.platform, this.host.tell),
    "update-analysis": ({ run }) => this.runCommands.analyseUpdates(run),
    export: (command) => this.runCommands.export(command),
  };

  private async guard(of: Command["type"], act: () => Promise<void> | void, run?: RunId): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.fail(error as Error, of, (error as { run?: RunId }).run ?? run);
    }
  }

  /** `of`: the command that could not be carried out; absent: what was going on failed by itself. */
  private fail(error: Error, of?: Command["type"], run?: RunId): void {
    if (error.name === "AbortError") return;
    const { message, stack: detail = "" } = error;
    const refused = error instanceof Refusal ? ({ refused: true } as const) : {};
    this.host.tell({
      type: "failed",
      message,
      detail,
      recoverable: true,
      ...refused,
      ...(of && { of }),
      ...(run !== undefined && { run }),
    });
    const isOfTheRun = run !== undefined && (of === undefined || commandsOfTheRun.includes(of));
    if (isOfTheRun) this.host.tell({ type: "state", run, state: "failed", message });
  }

  private tellCatalogue(): void {
    const { executors, data, host } = this;
    const catalogue = buildCatalogue(executors.probed, executors.active, data.entries(), this.weights.opened);
    host.tell({ type: "catalogue", catalogue });
  }

  /** Shapes and counts of the model that a configuration would train. @throws Refusal where there is none. */
  private async model(config: RunConfig): Promise<Model> {
    const source = await refusingLater(() => this.data.source(config));
    refusing(() => adapterOf(config, this.adapters.inputs));
    return checkedModel(config, source, this.adapters.inputs);
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
    this.runCommands.keepEvery(every);
  }
}
