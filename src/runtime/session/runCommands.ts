/** The commands that concern runs: making them, putting them to work one group at a time, taking them up, branching, writing, deleting. */
import type { Command } from "../../contracts/command";
import type { FolderFile } from "../../contracts/dataOrigin";
import type { CheckpointKind, RunId, RunRequest, StudyKind } from "../../contracts/run";
import type { RunState as Checkpoint } from "../../core/checkpoint/runState";
import { checkExport, exportFiles } from "../products/export/registry";
import type { Group } from "../run/group";
import type { LiveRun } from "../run/liveRun";
import { refusing, refusingLater } from "../run/prepare/refusal";
import { Study } from "../studies/study";
import type { Executors } from "./executors";
import type { Host } from "./host";
import { runFromFiles } from "./importRun";
import type { LatestTask } from "./latestTask";
import type { LibraryCommands } from "./libraryCommands";
import type { RunArchive } from "./runArchive";
import type { RunBuilder } from "./runBuilder";
import type { Runs } from "./runs";

type CommandOf<T extends Command["type"]> = Extract<Command, { type: T }>;

const stopped = (): Error => new Error("Stopped while preparing.");

export interface RunCommandParts {
  readonly host: Host;
  readonly runs: Runs;
  readonly archive: RunArchive;
  readonly builder: RunBuilder;
  readonly executors: Executors;
  readonly library: LibraryCommands;
  readonly latest: LatestTask;
  /** Stops what needs the workers that preparing needs. */
  before(): Promise<void>;
  failed(error: Error, run: RunId): void;
}

/** How often in a row a run is taken up again after its device was lost. */
const MOST_RECOVERIES = 3;

export class RunCommands {
  /** Of each run, how often it was taken up again since it last paused by itself. */
  private readonly recoveries = new Map<RunId, number>();
  /** The study that was at work last: one of its runs that is taken up alone goes on with it. */
  private latestStudy: Study | null = null;
  /** Groups after which their study went on, so that it does so once. */
  private readonly passed = new WeakSet<Group>();

  constructor(private readonly parts: RunCommandParts) {}

  prepare(request: RunRequest): Promise<void> {
    return this.inTurn((signal) => this.parts.runs.make([request], signal));
  }

  study(id: string, kind: StudyKind, groups: readonly (readonly RunRequest[])[]): Promise<void> {
    const study = refusing(() => new Study(id, kind, groups));
    return this.inTurn(async (signal) => {
      await this.beginGroup(study, signal);
      study.learnStepMs(await this.timeSteps(study.group));
      this.parts.host.tell(study.event());
    });
  }

  async endStudy(id: string): Promise<void> {
    const { runs, host } = this.parts;
    const study = this.latestStudy;
    if (study?.id !== id) throw new Error(`The study "${id}" is not at work. Start one of its runs first.`);
    const [first] = study.group;
    study.end();
    if (first) await runs.groupOf(first.run)?.loop.stop();
    host.tell(study.event());
  }

  /** Starts the group of a run; of a study, the groups that follow too. Resolves when it pauses or ends. */
  async start(run: RunId): Promise<void> {
    await this.parts.latest.idle();
    const group = await this.atWork(run);
    this.recoveries.delete(run);
    await group.loop.start();
    await this.goOn(group);
  }

  async pause(run: RunId): Promise<void> {
    this.parts.latest.stop(stopped());
    await this.parts.runs.groupOf(run)?.loop.pause();
  }

  async step(run: RunId): Promise<void> {
    await this.parts.latest.idle();
    const group = await this.atWork(run);
    await group.loop.step();
  }

  async resume(run: RunId): Promise<void> {
    await this.takeUp(run);
  }

  restart(run: RunId, of: RunId): Promise<void> {
    return this.inTurn((signal) => this.parts.runs.restart(run, of, signal), false);
  }

  /** Feeds the next step of all runs that take their steps together. */
  change(run: RunId, field: string, value: unknown): void {
    const group = this.parts.runs.needGroup(run);
    const { next } = group.loop;
    for (const member of group.members) member.change(next, field, value);
  }

  async branch({ run, from, config, name }: CommandOf<"branch">): Promise<void> {
    const { runs, library } = this.parts;
    const checkpoint = await this.checkpointOf(from.run, from.checkpoint);
    if (!checkpoint)
      throw new Error(`The run "${from.run}" has no checkpoint to branch from. Train it, or start a new run.`);
    await this.inTurn(async (signal) => {
      await refusingLater(() => library.bring(checkpoint));
      const parent = { run: from.run, step: checkpoint.step };
      await runs.branch(run, parent, checkpoint, signal, config, name);
    });
  }

  async importRun(run: RunId, files: readonly FolderFile[]): Promise<void> {
    const { archive, runs } = this.parts;
    if (runs.groupOf(run)) throw new Error(`The run "${run}" is at work. Import under another id.`);
    const found = await refusingLater(() => runFromFiles(run, files, Date.now()));
    await archive.take(run, found.events, found.checkpoints);
    if (archive.storage) await runs.open(run);
    else for (const event of found.events) this.parts.host.tell(event);
  }

  async rename(run: RunId, name: string, note: string): Promise<void> {
    // Its record goes on from where it is.
    if (!this.parts.runs.groupOf(run)) await this.parts.archive.record(run);
    this.parts.host.tell({ type: "renamed", run, name, note });
    await this.parts.archive.flush();
  }

  async remove(run: RunId): Promise<void> {
    await this.parts.latest.idle();
    await this.parts.runs.remove(run);
    this.parts.host.tell({ type: "removed", run });
  }

  keepEvery(every: number | null): void {
    this.parts.archive.need();
    this.parts.runs.keepEvery = every;
  }

  /** Measures what training did. Between steps; a run that was going goes on afterwards. */
  analyseUpdates(run: RunId): Promise<void> {
    const { runs, host } = this.parts;
    const { loop } = runs.needGroup(run);
    return this.between(run, async (member) => {
      const { state } = loop;
      member.tellState("evaluating", "Measuring what training did to the weights");
      try {
        const updateAnalysis = await member.prepared.updateAnalysis(loop.position, host.workers.svd);
        member.tell({ type: "update-analysis", updateAnalysis });
      } finally {
        member.tellState(state);
      }
    });
  }

  /** Writes a run in one of its forms. Between steps; a run that was going goes on afterwards. One that is not at work is built beside it. */
  async export({ run, what, checkpoint = "newest" }: CommandOf<"export">): Promise<void> {
    const { runs } = this.parts;
    refusing(() => checkExport(what));
    if (runs.groupOf(run) && checkpoint === "newest") return this.between(run, (member) => this.write(member, what));
    await this.beside(run, checkpoint, (member) => this.write(member, what));
  }

  /** The device was lost: it is opened anew, and the runs go on from their newest checkpoints. */
  async recover(reason: string): Promise<void> {
    const { runs, host, failed } = this.parts;
    const lost = await runs.lose();
    const [run, ...others] = lost?.runs ?? [];
    if (!lost || run === undefined) return;
    for (const other of others)
      failed(new Error(`The GPU was lost after step ${lost.step} (${reason}). Start it to take it up again.`), other);
    const times = (this.recoveries.get(run) ?? 0) + 1;
    this.recoveries.set(run, times);
    const what = `The GPU was lost after step ${lost.step} (${reason}).`;
    try {
      if (times > MOST_RECOVERIES) throw new Error(`It was lost ${times} times.`);
      const group = await this.takeUp(run);
      const from = group.loop.position;
      host.tell({
        type: "log",
        level: "warning",
        message: `${what} It was opened anew; the run goes on from step ${from}.`,
      });
      if (!lost.wasRunning) return;
      await group.loop.start();
      await this.goOn(group);
    } catch (error) {
      const { message } = error as Error;
      failed(
        new Error(`${what} It could not go on there: ${message} Choose the CPU as device, then start again.`),
        run,
      );
    }
  }

  async dispose(): Promise<void> {
    await this.parts.runs.drop(() => false);
    await this.parts.archive.flush();
  }

  /** A group at work is dropped for what is built in its place. */
  private inTurn(build: (signal: AbortSignal) => Promise<void>, drop = true): Promise<void> {
    return this.parts.latest.take(async ({ signal }) => {
      await this.parts.before();
      if (drop) await this.parts.runs.drop();
      await build(signal);
    });
  }

  /** The group of a run, which is taken up where it is not at work. One that failed begins with its last good states on a device that is opened anew. */
  private async atWork(run: RunId): Promise<Group> {
    const { runs, executors } = this.parts;
    const group = runs.groupOf(run);
    if (group && group.loop.state !== "failed") return group;
    if (group) {
      await runs.drop();
      await executors.close();
    }
    return this.takeUp(run);
  }

  private async takeUp(run: RunId): Promise<Group> {
    const { runs, library } = this.parts;
    await this.inTurn((signal) =>
      runs.takeUp(run, signal, (checkpoint) => refusingLater(() => library.bring(checkpoint)), this.studyOf(run)),
    );
    return runs.needGroup(run);
  }

  /** After a group of a study has finished, the next one is prepared and started. */
  private async goOn(group: Group): Promise<void> {
    const { runs, host } = this.parts;
    const study = runs.studyAtWork;
    if (!study || group.loop.state !== "finished" || runs.groupOf(group.members[0]!.run) !== group) return;
    if (this.passed.has(group)) return;
    this.passed.add(group);
    const more = study.next();
    host.tell(study.event());
    if (!more) return;
    await this.inTurn((signal) => this.beginGroup(study, signal));
    if (study.hasEnded) return;
    const next = runs.needGroup(study.group[0]!.run);
    await next.loop.start();
    await this.goOn(next);
  }

  /** The study that a run goes on with: where it is the one run of the group that is due. */
  private studyOf(run: RunId): Study | undefined {
    const [only, ...others] = this.latestStudy?.group ?? [];
    return only?.run === run && others.length === 0 ? this.latestStudy! : undefined;
  }

  private async beginGroup(study: Study, signal: AbortSignal): Promise<void> {
    const { runs, host, executors } = this.parts;
    this.latestStudy = study;
    // Several runs open executors of their own, which take the device's memory.
    if (study.group.length > 1) await executors.close();
    host.tell(study.event());
    await runs.make(study.group, signal, study.place, study);
  }

  /** Milliseconds of a step of each run, which are at their beginning again afterwards. */
  private async timeSteps(requests: readonly RunRequest[]): Promise<readonly number[]> {
    const { runs, host } = this.parts;
    const times: number[] = [];
    const group = runs.needGroup(requests[0]!.run);
    await group.loop.aside(async () => {
      for (const { run } of requests) {
        const { prepared } = group.find(run)!;
        if (prepared.config.training.steps === 0) continue;
        // The first step finds caches cold.
        await prepared.step(0, false);
        const started = host.platform.now();
        await prepared.step(1, false);
        times.push(host.platform.now() - started);
        prepared.reset();
      }
    });
    return times;
  }

  private async checkpointOf(run: RunId, kind: CheckpointKind): Promise<Checkpoint | undefined> {
    const { runs } = this.parts;
    const group = runs.groupOf(run);
    if (!group || kind === "best") return runs.find(run, kind);
    let found: Checkpoint | undefined;
    await group.loop.pause();
    await this.between(run, async (member) => {
      found = { ...(await member.checkpoint(group.loop.position)), sequence: 0 };
    });
    return found?.step === 0 ? undefined : found;
  }

  private between(run: RunId, work: (member: LiveRun) => Promise<void>): Promise<void> {
    const group = this.parts.runs.needGroup(run);
    return group.loop.aside(() => work(group.find(run)!));
  }

  /** A run that is not at work, or its best states: on an executor of its own, for as long as the work takes. */
  private async beside(run: RunId, kind: CheckpointKind, work: (member: LiveRun) => Promise<void>): Promise<void> {
    const { runs, archive, builder, library } = this.parts;
    const checkpoint = await runs.find(run, kind);
    if (!checkpoint) throw new Error(`The run "${run}" has no ${kind} checkpoint. Train it first.`);
    await refusingLater(() => library.bring(checkpoint));
    if (!runs.groupOf(run) && archive.storage) await runs.open(run);
    const plan = { run, config: checkpoint.config, resumes: checkpoint };
    const source = await builder.source(plan);
    const own = { ownExecutor: true, record: runs.recordOf(run), keepEvery: () => null };
    const member = await builder.build({ ...plan, ...own, isQuiet: true }, source, new AbortController().signal);
    try {
      await work(member);
    } finally {
      await member.dispose();
    }
  }

  private async write(member: LiveRun, what: string): Promise<void> {
    const { executorHost, rasterise } = this.parts.host.platform;
    const { record } = member.parts;
    const context = { run: member.prepared, record, executorHost, ...(rasterise && { rasterise }) };
    const files = await exportFiles(what, context);
    for (const { path, mime, bytes } of files)
      member.tell({ type: "artefact", name: path, mime, bytes: new Uint8Array(bytes) });
    member.tell({ type: "exported", what, files: files.length });
  }
}
