/**
 * The runs of a session and their schedule. One group of runs is at work at a time; a study is a sequence of groups. A run that is not at work has
 * let go of its executor: it is taken up again from its newest checkpoint, or from its states in memory where nothing is stored.
 */

import { heldConfig, withChange } from "../../contracts/changes";
import {
  type CheckpointKind,
  GROUP_LIMIT,
  type RunId,
  type RunParent,
  type RunRequest,
  type StudyPlace,
} from "../../contracts/run";
import { parseRunConfig, type RunConfig } from "../../contracts/runConfig";
import type { EventOfRun } from "../../contracts/runEvent";
import type { RunState as Checkpoint } from "../../core/checkpoint/runState";
import { keepSamples } from "../../data/keepSamples";
import { RunRecord } from "../run/artefacts";
import { isBranchable, withChanges } from "../run/branch";
import { Group } from "../run/group";
import type { LiveRun } from "../run/liveRun";
import { Refusal, refusing } from "../run/prepare/refusal";
import { columnsOf, type StepEvent } from "../run/record/stepColumns";
import type { Study } from "../studies/study";
import type { Host } from "./host";
import { type RunArchive, storedEvents } from "./runArchive";
import type { Blueprint, RunBuilder } from "./runBuilder";

/** What is told again of a run that goes on; its record has it already. */
type Replay = (event: EventOfRun) => void;

interface Known {
  readonly config: RunConfig;
  /** Its weights at step 0 are this checkpoint's. */
  readonly startsFrom?: Checkpoint;
}

interface Work {
  readonly group: Group;
  readonly study?: Study;
}

/** States in memory of a run that nothing stores; of the newest so many. */
const MOST_PARKED = 2;

const lastMeasured = ({ history }: Checkpoint): number =>
  history.findLast(({ type }) => type === "evaluation")?.step ?? -1;

export class Runs {
  /** Steps between checkpoints; 0: only where a run rests; null: none at all. */
  keepEvery: number | null = null;
  private readonly records = new Map<RunId, RunRecord>();
  private readonly known = new Map<RunId, Known>();
  private readonly parked = new Map<RunId, Checkpoint>();
  private work: Work | null = null;

  constructor(
    private readonly host: Host,
    private readonly archive: RunArchive,
    private readonly builder: RunBuilder,
    private readonly replay: Replay,
    private readonly fail: (error: Error, run: RunId) => void,
  ) {}

  /** Takes what a run tells into what is kept of it. */
  hear(event: EventOfRun): void {
    this.recordOf(event.run).add(event);
    this.archive.hear(event);
    if (event.type === "checkpoint" && event.step >= (this.parked.get(event.run)?.step ?? Number.POSITIVE_INFINITY))
      this.parked.delete(event.run);
  }

  recordOf(run: RunId): RunRecord {
    const known = this.records.get(run) ?? new RunRecord();
    this.records.set(run, known);
    return known;
  }

  /** The group in which a run is at work. */
  groupOf(run: RunId): Group | undefined {
    const group = this.work?.group;
    return group?.find(run) ? group : undefined;
  }

  /** @throws where it is not at work. */
  needGroup(run: RunId): Group {
    const group = this.groupOf(run);
    if (group) return group;
    throw new Error(`The run "${run}" is not prepared. Prepare it, or start it to take it up from its checkpoint.`);
  }

  get studyAtWork(): Study | undefined {
    return this.work?.study;
  }

  /** Makes runs, which are told as created, and puts them to work as one group, not started yet. */
  async make(requests: readonly RunRequest[], signal: AbortSignal, place?: StudyPlace, study?: Study): Promise<void> {
    refusing(() => checkRequests(requests));
    for (const request of requests) this.create(request, place);
    await this.begin(
      requests.map(({ run, config }) => ({ run, config })),
      signal,
      study,
    );
  }

  /** Puts a run to work that is not: from its newest checkpoint, or anew where it has done no step. @throws where nothing is known of it. */
  async takeUp(
    run: RunId,
    signal: AbortSignal,
    bring: (checkpoint: Checkpoint) => Promise<void>,
    study?: Study,
  ): Promise<void> {
    const checkpoint = await this.find(run, "newest");
    if (!checkpoint) {
      if (this.recordOf(run).history().length > 0) this.host.tell({ type: "resumed", run, step: 0 });
      return this.begin([{ run, ...this.needKnown(run) }], signal, study);
    }
    await bring(checkpoint);
    if (!this.recordOf(run).isPrepared) await this.open(run);
    this.tellHistory(run, checkpoint.history);
    await this.begin([{ run, config: this.withLater(run, checkpoint), resumes: checkpoint }], signal, study);
  }

  /** The newest or best states of a run; undefined where it has done no step that was kept. */
  async find(run: RunId, kind: CheckpointKind): Promise<Checkpoint | undefined> {
    if (this.parked.has(run) && kind === "newest") return this.parked.get(run);
    if (this.archive.storage && (await this.archive.hasCheckpoint(run))) return this.archive.checkpoint(run, kind);
    return undefined;
  }

  /** A run of the same configuration from step 0; what is prepared goes over to it where only that run is at work. */
  async restart(run: RunId, of: RunId, signal: AbortSignal): Promise<void> {
    const group = this.groupOf(of);
    const [member] = group?.members ?? [];
    const config = heldConfig(this.configOf(of));
    if (!group || !member || group.members.length > 1 || !member.isResettable) {
      await this.drop();
      return this.make([{ run, config }], signal);
    }
    await group.loop.pause();
    await this.park(member, member.endedAt ?? group.loop.position);
    await group.loop.dispose();
    this.create({ run, config: heldConfig(member.config) });
    const checkpoints = this.archive.checkpoints(run);
    const release = await this.builder.lock(run);
    const fresh = member.restarted({
      onDispose: async () => {
        release();
        await member.parts.onDispose();
      },
      run,
      record: this.recordOf(run),
      wantsWarps: (step) => this.archive.wantsWarps(run, step),
      ...(checkpoints && { checkpoints }),
    });
    this.work = { group: this.groupWith([fresh]) };
    await this.tellReady([fresh]);
  }

  /**
   * A run that goes on from another's checkpoint: with its moments, schedule and streams where `config` differs in live fields alone, else from its
   * weights at step 0.
   */
  async branch(
    run: RunId,
    parent: RunParent,
    checkpoint: Checkpoint,
    signal: AbortSignal,
    config: RunConfig = checkpoint.config,
    name = "",
  ): Promise<void> {
    const goesOn = isBranchable(checkpoint.config, config);
    const own = goesOn
      ? refusing(() => parseRunConfig(withChanges(checkpoint.config, config, checkpoint.step)))
      : config;
    this.create({ run, config: own, name, parent }, undefined, goesOn ? undefined : checkpoint);
    if (!goesOn) return this.begin([{ run, config: own, startsFrom: checkpoint }], signal);
    const resumes = { ...checkpoint, config: own };
    this.tellHistory(run, checkpoint.history);
    await this.begin([{ run, config: own, resumes }], signal);
  }

  /** Tells the record of a run that is stored. @throws where nothing of it is. */
  async open(run: RunId): Promise<void> {
    if (this.groupOf(run)) return;
    const events = await storedEvents(this.archive, run);
    const created = events.find((event) => event.type === "created");
    if (!created) throw new Error(`The library has no run "${run}". Ask for its list again.`);
    const { config } = events.findLast((event) => event.type === "prepared") ?? created;
    const changes = events.filter((event) => event.type === "changed");
    if (!this.known.has(run)) this.known.set(run, { config: changes.reduce(withChange, config) });
    this.records.set(run, new RunRecord());
    for (const event of events) {
      this.recordOf(run).add(event);
      this.replay(event);
    }
  }

  /** Tells what a checkpoint knows and the record of its run does not: a program that is killed may have written the one and not yet the other. */
  private tellHistory(run: RunId, history: Checkpoint["history"]): void {
    const known = this.recordOf(run).history();
    const after = (type: "step" | "evaluation"): number => known.findLast((event) => event.type === type)?.step ?? -1;
    const [step, evaluation] = [after("step"), after("evaluation")];
    const steps = history.filter((event) => event.type === "step" && event.step > step) as StepEvent[];
    if (steps.length > 0) this.host.tell({ type: "steps", run, columns: columnsOf(steps) });
    for (const event of history)
      if (event.type === "evaluation" && event.step > evaluation) this.host.tell({ ...event, run });
  }

  /** The checkpoint's configuration with what was changed since it was written. */
  private withLater(run: RunId, { config, step }: Checkpoint): RunConfig {
    const later = this.known.get(run)?.config.changes.filter((change) => change.step >= step) ?? [];
    return later.reduce(withChange, config);
  }

  /** Forgets a run and deletes what is stored of it. */
  async remove(run: RunId): Promise<void> {
    if (this.groupOf(run)) await this.drop((member) => member !== run);
    this.records.delete(run);
    this.known.delete(run);
    this.parked.delete(run);
    if (this.archive.storage) await this.archive.remove(run);
  }

  /** The runs at work come to rest and let go of what they hold. `parks`: whose states stay, for them to go on. */
  async drop(parks: (run: RunId) => boolean = () => true): Promise<void> {
    const { work } = this;
    this.work = null;
    if (!work) return;
    await work.group.loop.pause();
    for (const member of work.group.members)
      if (parks(member.run)) await this.park(member, member.endedAt ?? work.group.loop.position);
    await work.group.dispose();
  }

  /** The device is gone with all that the runs at work had on it. Returns them, and whether they were training. */
  async lose(): Promise<{
    readonly runs: readonly RunId[];
    readonly wasRunning: boolean;
    readonly step: number;
  } | null> {
    const { work } = this;
    this.work = null;
    if (!work) return null;
    const { loop, members } = work.group;
    const wasRunning = loop.state === "running" || loop.state === "evaluating" || loop.state === "failed";
    for (const member of members) this.learn(member);
    const lost = { runs: members.map(({ run }) => run), wasRunning, step: loop.position };
    await work.group.dispose().catch(() => {});
    return lost;
  }

  configOf(run: RunId): RunConfig {
    return this.groupOf(run)?.find(run)?.config ?? this.needKnown(run).config;
  }

  private needKnown(run: RunId): Known {
    const known = this.known.get(run);
    if (known) return known;
    throw new Error(`There is no run "${run}". Open it from the library, or prepare a new one.`);
  }

  private create(request: RunRequest, place?: StudyPlace, startsFrom?: Checkpoint): void {
    const { run, config, name = "", parent } = request;
    this.known.set(run, { config, ...(startsFrom && { startsFrom }) });
    this.records.set(run, new RunRecord());
    this.host.tell({
      type: "created",
      run,
      config,
      name,
      note: "",
      created: Date.now(),
      ...(parent && { parent }),
      ...(place && { place }),
    });
  }

  /** Builds a group, one run after the other. @throws where one cannot be built; nothing of the others is left then. */
  private async begin(
    plans: readonly Pick<Blueprint, "run" | "config" | "resumes" | "startsFrom">[],
    signal: AbortSignal,
    study?: Study,
  ): Promise<void> {
    const members: LiveRun[] = [];
    let run = plans[0]!.run;
    try {
      const [first, ...others] = plans;
      const source = await this.builder.source(first!);
      for (const other of others) await this.builder.source(other);
      const shared = others.length > 0 ? keepSamples(source) : source;
      for (const plan of plans) {
        run = plan.run;
        const own = { ownExecutor: others.length > 0, record: this.recordOf(run), keepEvery: () => this.keepEvery };
        members.push(await this.builder.build({ ...plan, ...own }, shared, signal));
      }
      this.work = { group: this.groupWith(members, plans[0]!.resumes), ...(study && { study }) };
      await this.tellReady(members, plans[0]!.resumes);
    } catch (error) {
      this.work = null;
      for (const member of members) await member.dispose();
      throw Object.assign(error as Error, { run });
    }
  }

  private groupWith(members: readonly LiveRun[], resumes?: Checkpoint): Group {
    return new Group({
      members,
      ...(resumes && { from: { done: resumes.step, evaluatedAt: lastMeasured(resumes) } }),
      fail: (error, member) => {
        member.failed = true;
        this.fail(error, member.run);
      },
    });
  }

  private async tellReady(members: readonly LiveRun[], resumes?: Checkpoint): Promise<void> {
    const step = resumes?.step ?? 0;
    for (const member of members) {
      member.tellPrepared();
      if (resumes) member.tell({ type: "resumed", step });
      else for (const message of member.notes) this.host.tell({ type: "log", level: "info", message });
      await member.tellWarpsNow(step);
      const state = !resumes ? "ready" : step >= member.config.training.steps ? "finished" : "paused";
      member.tellState(state);
    }
  }

  /** Its configuration with what was changed while it was at work. */
  private learn({ run, config }: LiveRun): void {
    this.known.set(run, { ...this.known.get(run), config });
  }

  /** What is not stored stays in memory, of the newest few. */
  private async park(member: LiveRun, step: number): Promise<void> {
    this.learn(member);
    if (member.keptAt === step || step === 0 || member.failed) return;
    this.parked.set(member.run, { ...(await member.checkpoint(step)), sequence: 0 });
    for (const run of [...this.parked.keys()].slice(0, -MOST_PARKED)) this.parked.delete(run);
  }
}

/** @throws where the runs of a group cannot go together. */
function checkRequests(requests: readonly RunRequest[]): void {
  if (requests.length === 0 || requests.length > GROUP_LIMIT)
    throw new Refusal(
      `A group has 1 to ${GROUP_LIMIT} runs, since each holds a model in memory; ${requests.length} came. Take ${requests.length === 0 ? "some" : `${requests.length - GROUP_LIMIT} away`}.`,
    );
  const configs = requests.map(({ config }) => parseRunConfig(config));
  for (const field of ["steps", "batchSize", "accumulate", "seed", "evaluateEvery"] as const) {
    const values = new Set(configs.map(({ training }) => training[field]));
    if (values.size > 1)
      throw new Refusal(
        `The runs of a group take the same steps on the same batches, but training.${field} is ${[...values].join(" and ")}. Run them one after the other.`,
      );
  }
}
