import type { RunEvent } from "../contracts/runEvent";

/** Hands a file of the session to the browser's downloads. */
export function saveFile({ name, mime, bytes }: Extract<RunEvent, { type: "artefact" }>): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: mime }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
