/** What a run of npm run finetune tells, folded into what it leaves, what went wrong, and its exit code. */
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
  private failure: { readonly message: string; readonly code: 1 | 2 } | null = null;
  private readonly unwritten: string[] = [];

  constructor(private readonly reporter: Reporter) {}

  readonly event = (event: RunEvent): void => {
    this.record.add(event);
    if (event.type === "artefact") this.artefacts.push(event);
    if (event.type === "data") {
      const { tasks, folders = [] } = event.entry;
      this.labelled = { tasks, folders: folders.map(({ name }) => name) };
    }
    if (event.type === "failed") this.fail(event);
    this.reporter.event(event);
  };

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
