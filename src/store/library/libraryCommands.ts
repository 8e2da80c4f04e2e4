/** Commands for files and the library, which the page waits for beside whatever runs. */
import type { FolderFile } from "../../contracts/dataOrigin";
import type { CheckpointKind, RunId } from "../../contracts/run";
import type { SessionContext, SessionPart } from "../sessionPart";
import type { View } from "../setup/urlState";

export interface LibraryCommands {
  /** Files are looked at first; a run uses them when `takeData` says so. */
  openFolder(name: string, files: readonly FolderFile[]): void;
  /** The files of a data set that a kept run needs: they are opened, and not looked at first. */
  openNeeded(name: string, files: readonly FolderFile[]): void;
  openWeights(files: readonly FolderFile[]): void;
  /** Starts from the opened weights; `keep` copies them into the library. */
  takeWeights(keep: boolean): void;
  /** Starts from the opened adapter; `keep` copies it into the library. */
  takeAdapter(keep: boolean): void;
  /** Writes the run that is shown, or another one, in one of its forms. */
  save(what: string, run?: RunId, checkpoint?: CheckpointKind): void;
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

export interface LibraryPart extends SessionPart {
  readonly commands: LibraryCommands;
}

const lists = (view: View): boolean => view === "library" || view === "runs";

export function createLibraryCommands(context: SessionContext): LibraryPart {
  const { store } = context;
  const commands = keepingCommands(context);
  return {
    commands,
    takeEvent(event) {
      // The list on the page grows old with every checkpoint.
      const { view } = store.getState();
      if ((event.type === "checkpoint" || event.type === "removed") && lists(view)) commands.listLibrary();
    },
    takeChange(state, before) {
      const entered = lists(state.view) && !lists(before.view);
      // Before there is a set-up, the page has not begun: then the list is asked for with everything else.
      if (entered && before.setup.config !== null) commands.listLibrary();
    },
  };
}

function keepingCommands({ store, request }: SessionContext): LibraryCommands {
  const keep = (what: "data" | "weights" | "adapter"): void => request({ type: "library-keep", what });
  return {
    openFolder(name, files) {
      request({ type: "open-folder", name, files });
      store.show("data");
    },
    openNeeded(name, files) {
      store.markBringing();
      request({ type: "open-folder", name, files });
    },
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
    save(what, run = store.getState().runs.current ?? "", checkpoint) {
      request({ type: "export", run, what, ...(checkpoint && { checkpoint }) });
    },
    keep,
    openKept: (id) => request({ type: "library-open", id }),
    listLibrary: (persist) => request({ type: "library", ...(persist && { persist }) }),
    remove: (id) => request({ type: "library-remove", id }),
    keepEvery: (every) => request({ type: "keep", every }),
  };
}
