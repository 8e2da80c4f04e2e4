/** A schedule of runs: groups that follow each other. A race, a queue, a sweep and a comparison are studies. */
import type { RunRequest, StudyKind, StudyPlace } from "../../contracts/run";
import type { RunEvent } from "../../contracts/runEvent";

type StudyEvent = Extract<RunEvent, { type: "study" }>;

export class Study {
  /** The group that is prepared or works. */
  private at = 0;
  private ended = false;
  private estimateMs: number | undefined;

  /** @throws where there is no group, or a run is named twice. */
  constructor(
    readonly id: string,
    private readonly kind: StudyKind,
    private readonly groups: readonly (readonly RunRequest[])[],
  ) {
    const ids = groups.flat().map(({ run }) => run);
    if (ids.length === 0) throw new Error("A study needs at least one run. Choose methods or values first.");
    const twice = ids.find((id, i) => ids.indexOf(id) < i);
    if (twice !== undefined) throw new Error(`The run "${twice}" is named twice; name each once.`);
  }

  get group(): readonly RunRequest[] {
    return this.groups[this.at] ?? [];
  }

  get place(): StudyPlace {
    return { study: this.id, kind: this.kind, group: this.at };
  }

  /** Goes on to the next group; false where there is none. */
  next(): boolean {
    if (this.at < this.groups.length) this.at++;
    return !this.ended && this.at < this.groups.length;
  }

  get hasEnded(): boolean {
    return this.ended;
  }

  end(): void {
    this.ended = true;
  }

  /** Takes the time of one step of each run of the first group as that of every group's. */
  learnStepMs(stepMs: readonly number[]): void {
    const perStep = stepMs.reduce((sum, ms) => sum + ms, 0) / stepMs.length;
    this.estimateMs = this.groups.flat().reduce((sum, { config }) => sum + perStep * config.training.steps, 0);
  }

  event(): StudyEvent {
    return {
      type: "study",
      study: this.id,
      kind: this.kind,
      groups: this.groups.map((group) => group.map(({ run }) => run)),
      group: this.ended ? this.groups.length : this.at,
      ...(this.estimateMs !== undefined && { estimateMs: this.estimateMs }),
    };
  }
}
