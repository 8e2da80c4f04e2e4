/** What a person asks of files and of the library: commands that the page waits for, beside whatever runs. */
import type { Command } from "../contracts/command";
import type { FolderFile } from "../contracts/dataOrigin";
import type { Client } from "./session";
import type { StudioStore } from "./studio";

export interface Keeping {
  openWeights(files: readonly FolderFile[]): void;
  /** Starts from the opened weights; `keep` copies them into the library. */
  takeWeights(keep: boolean): void;
  /** Starts from the opened adapter; `keep` copies it into the library. */
  takeAdapter(keep: boolean): void;
  /** Copies the opened data set, weights or adapter into the library. */
  keep(what: "data" | "weights" | "adapter"): void;
  /** Opens a data set, weights or an adapter of the library. */
  openKept(id: string): void;
  /** `persist` asks the browser to delete nothing by itself. */
  listLibrary(persist?: true): void;
  /** One entry, or "all". */
  remove(id: string): void;
  /** Steps between checkpoints; 0: only where the run rests; null: never. */
  keepEvery(every: number | null): void;
}

export interface KeepingRequests extends Keeping {
  /** Sends a command and marks what the page waits for. */
  request(command: Command): void;
}

export function keepingOf(store: StudioStore, client: Client): KeepingRequests {
  const request = (command: Command): void => {
    store.markAsked(command);
    client.send(command);
  };
  const keep = (what: "data" | "weights" | "adapter"): void => request({ type: "library-keep", what });
  return {
    request,
    keep,
    openWeights: (files) => request({ type: "open-weights", files }),
    takeWeights(copy) {
      store.takeWeights();
      const { config } = store.getState().setup;
      if (config) request({ type: "decompose", config });
      if (copy) keep("weights");
    },
    takeAdapter(copy) {
      store.takeAdapter();
      if (copy) keep("adapter");
    },
    openKept: (id) => request({ type: "library-open", id }),
    listLibrary: (persist) => request({ type: "library", ...(persist && { persist }) }),
    remove: (id) => request({ type: "library-remove", id }),
    keepEvery: (every) => request({ type: "keep", every }),
  };
}
