/** What a run of npm run finetune tells, folded into what it leaves, what went wrong, and its exit code. */
import type { RunId } from "../../contracts/run";
import type { RunEvent } from "../../contracts/runEvent";
import { RunRecord } from "../../runtime/run/artefacts";
import type { Labels } from "./finetuneOptions";
import type { Reporter } from "./progress";
import type { Artefact } from "./runFolder";

export class RunWatch {
  readonly record = new RunRecord();
  readonly artefacts: Artefact[] = [];
  /** What the opened data has labels for; null: none was opened. */
  labelled: Labels | null = null;
  /** The export under way. */
  exporting = "";
  /** Whether the run was prepared by this program, not only by an earlier one. */
  isPrepared = false;
  private failure: { readonly message: string; readonly code: 1 | 2 } | null = null;
  private readonly unwritten: string[] = [];

  /** `replays`: until the run is prepared it tells what it told before, or what its parent did. */
  constructor(
    private readonly run: RunId,
    private readonly reporter: Reporter,
    private replays: boolean,
  ) {}

  readonly event = (event: RunEvent): void => {
    const isOfRun = "run" in event && event.run !== undefined;
    if (isOfRun && event.run !== this.run) return;
    if (event.type === "state" && event.state === "preparing") this.replays = false;
    this.fold(event);
    if (this.replays && isOfRun && event.type !== "created" && event.type !== "failed") this.reporter.earlier(event);
    else this.reporter.event(event);
  };

  private fold(event: RunEvent): void {
    this.record.add(event);
    if (event.type === "prepared" && !this.replays) this.isPrepared = true;
    if (event.type === "artefact") this.artefacts.push(event);
    if (event.type === "data") {
      const { tasks, folders = [] } = event.entry;
      this.labelled = { tasks, folders: folders.map(({ name }) => name) };
    }
    if (event.type === "failed") this.fail(event);
  }

  /** An export that cannot be written does not fail the run. */
  private fail({ of, message, refused }: Extract<RunEvent, { type: "failed" }>): void {
    if (of === "export") this.unwritten.push(`${this.exporting}: not written. ${message}`);
    else this.failure = { message, code: refused ? 2 : 1 };
  }

  get failed(): boolean {
    return this.failure !== null;
  }

  get problems(): readonly string[] {
    return [...(this.failure ? [this.failure.message] : []), ...this.unwritten];
  }

  exitCode(interrupted: boolean): number {
    if (this.failure) return this.failure.code;
    return interrupted ? 130 : this.unwritten.length > 0 ? 1 : 0;
  }
}
