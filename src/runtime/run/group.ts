/**
 * Runs that take their steps together: one alone, or several in lock-step, each step of all on the same batches and all measured after the same
 * steps. Each has an executor of its own, since executors keep states by name.
 */
import { configAt } from "../../contracts/changes";
import { DeviceLostError } from "../../core/exec/executor";
import { Loop, type LoopState } from "../../core/train/loop";
import { nextTask } from "../platform/nextTask";
import type { LiveRun } from "./liveRun";

/** Steps longer than this are not queued behind each other, so that a pause comes within one step. */
const LONG_STEP_MS = 200;

export interface GroupParts {
  /** At least one; all of the same number of steps. */
  readonly members: readonly LiveRun[];
  /** Where they go on; absent: from their first step. */
  readonly from?: { readonly done: number; readonly evaluatedAt: number };
  /** What befell one run, which is to be marked as failed. */
  fail(error: Error, member: LiveRun): void;
}

export class Group {
  readonly loop: Loop;

  constructor(private readonly parts: GroupParts) {
    const [first] = parts.members;
    this.loop = new Loop({
      steps: first!.config.training.steps,
      evaluateEvery: () => configAt(first!.config, this.loop.next).training.evaluateEvery,
      depth: () => (parts.members.length > 1 || first!.lastStepMs > LONG_STEP_MS || first!.skips ? 1 : 2),
      step: (index) => this.step(index),
      evaluate: (done) => this.evaluate(done),
      keepEvery: () => first!.parts.keepEvery() ?? 0,
      keep: (done) => this.each(this.active, (member) => member.keep(done)),
      settle: (done) => this.each(this.active, (member) => member.settle(done)),
      onState: (state, message) => this.tellState(state, message),
      onError: (error) => this.fail(error),
      ...(parts.from && { from: parts.from }),
    });
  }

  get members(): readonly LiveRun[] {
    return this.parts.members;
  }

  find(run: string): LiveRun | undefined {
    return this.members.find((member) => member.run === run);
  }

  async dispose(): Promise<void> {
    await this.loop.dispose();
    for (const member of this.members) await member.dispose();
  }

  private get sound(): readonly LiveRun[] {
    return this.members.filter(({ failed }) => !failed);
  }

  /** Those that take further steps. */
  private get active(): readonly LiveRun[] {
    return this.sound.filter(({ endedAt }) => endedAt === null);
  }

  private async step(index: number): Promise<void> {
    await this.each(this.active, (member) => member.step(index));
    await nextTask();
    this.endWithoutMembers();
  }

  private async evaluate(done: number): Promise<void> {
    await this.each(this.active, async (member) => {
      await member.evaluate(done);
      if (member.endedAt === null) return;
      await member.keep(done);
      await member.settle(done);
    });
    this.endWithoutMembers();
  }

  private endWithoutMembers(): void {
    if (this.active.length === 0) void this.loop.stop();
  }

  /** One after the other. Alone, a run that fails fails the group; among others it ends, and they go on. */
  private async each(members: readonly LiveRun[], act: (member: LiveRun) => Promise<void>): Promise<void> {
    const alone = this.members.length === 1;
    for (const member of members) {
      try {
        await act(member);
      } catch (error) {
        if (alone) throw error;
        this.parts.fail(error as Error, member);
      }
      if (!alone) await nextTask();
    }
  }

  private tellState(state: LoopState, message: string): void {
    for (const member of this.sound) member.tellState(state, message);
  }

  /** A device that was lost is the session's to open anew. */
  private fail(error: Error): void {
    if (error instanceof DeviceLostError && this.members.length === 1) return;
    for (const member of this.sound) this.parts.fail(error, member);
  }
}
