/** The page's end of the worker's boundary: commands go in, events come out; only plain data crosses. */
import type { Command } from "../../../contracts/command";
import type { RunEvent } from "../../../contracts/runEvent";

export interface StudioClient {
  send(command: Command): void;
  /** Events in order, from the moment of subscribing. Returns what ends the subscription. */
  subscribe(listener: (event: RunEvent) => void): () => void;
  dispose(): void;
}

/** A worker that dies is told as a "failed" event: the page never waits for one that is gone. */
export function connect(worker: Worker): StudioClient {
  const listeners = new Set<(event: RunEvent) => void>();
  const tell = (event: RunEvent): void => {
    for (const listener of listeners) listener(event);
  };
  worker.onmessage = (message: MessageEvent<RunEvent>) => tell(message.data);
  worker.onerror = (error) => {
    error.preventDefault();
    const where = error.filename ? `${error.filename}:${error.lineno}` : "";
    tell({
      type: "failed",
      message: "The training worker stopped. Reload the page to go on.",
      detail: `${error.message} ${where}`.trim(),
      recoverable: false,
    });
  };
  worker.onmessageerror = () =>
    tell({
      type: "failed",
      message: "The training worker sent something unreadable. Reload the page to go on.",
      detail: "",
      recoverable: false,
    });
  return {
    send: (command) => worker.postMessage(command),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispose: () => {
      listeners.clear();
      worker.terminate();
    },
  };
}
