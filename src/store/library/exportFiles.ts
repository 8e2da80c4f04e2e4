/** The files of an export come one by one; whoever saves them wants them together. */
import type { RunEvent } from "../../contracts/runEvent";

export type ExportedFile = Pick<Extract<RunEvent, { type: "artefact" }>, "name" | "mime" | "bytes">;

export interface Written {
  /** Id of the form. */
  readonly what: string;
  readonly files: readonly ExportedFile[];
}

/** A fold over events that hands on what lies between two ends of exports: a session tells the files of one without others between. */
export function gatherFiles(done: (written: Written) => void): (event: RunEvent) => void {
  let files: ExportedFile[] = [];
  return (event) => {
    if (event.type === "artefact") files.push({ name: event.name, mime: event.mime, bytes: event.bytes });
    if (event.type !== "exported") return;
    const written = { what: event.what, files };
    files = [];
    done(written);
  };
}
