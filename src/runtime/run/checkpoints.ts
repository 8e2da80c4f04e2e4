/**
 * Checkpoints of a run in a store. They go to two places in turn: a new one never touches the newest good one, is read back and compared, and
 * only then counts. So a whole checkpoint lies there at any moment, whatever the platform promises of its writes.
 */
import type { RunEvent } from "../../contracts/runEvent";
import { type RunState, readRunState, writeRunState } from "../../core/checkpoint/runState";
import { sameBytes } from "../../core/io/bytes";
import type { Store } from "../platform/storage";

/** Where runs are kept. */
export interface CheckpointStore {
  readonly store: Store;
  /** A folder of the store for a new run. */
  newRun(): string;
}

const PLACES = ["a.safetensors", "b.safetensors"] as const;

export type Unnumbered = Omit<RunState, "sequence">;

interface Found {
  readonly state: RunState;
  readonly place: number;
}

export class Checkpoints {
  /** The newest good one; undefined before it was looked for, null where there is none. */
  private newest: { readonly place: number; readonly sequence: number } | null | undefined;

  constructor(
    private readonly store: Store,
    readonly folder: string,
  ) {}

  /**
   * The newest whole checkpoint, and why another one was passed over.
   * @throws where there is none, or none that is whole.
   */
  async read(): Promise<{ readonly state: RunState; readonly damaged: readonly string[] }> {
    const { found, damaged } = await this.look();
    if (found) return { state: found.state, damaged };
    const why = damaged.length > 0 ? damaged.join(" ") : `There is no ${PLACES.join(" or ")}.`;
    throw new Error(`"${this.folder}" holds no checkpoint to go on from. ${why} Start the run anew.`);
  }

  /** Writes, reads back, compares. Returns the file's size. @throws where that fails; the newest good one is still there then. */
  async keep(state: Unnumbered): Promise<number> {
    if (this.newest === undefined) await this.look();
    const { place: last = 1, sequence: before = 0 } = this.newest ?? {};
    const place = 1 - last;
    const bytes = writeRunState({ ...state, sequence: before + 1 });
    const name = this.nameOf(place);
    await this.store.write(name, bytes);
    const back = await this.store.read(name);
    if (!back || !sameBytes(bytes, back))
      throw new Error(
        `${name} did not come back from the disk as it was written; the checkpoint before it is still good.`,
      );
    this.newest = { place, sequence: before + 1 };
    return bytes.length;
  }

  private nameOf(place: number): string {
    return `${this.folder}/${PLACES[place]!}`;
  }

  private async look(): Promise<{ readonly found: Found | undefined; readonly damaged: readonly string[] }> {
    const damaged: string[] = [];
    let found: Found | undefined;
    for (const place of PLACES.keys()) {
      const bytes = await this.store.read(this.nameOf(place));
      if (!bytes) continue;
      try {
        const state = readRunState(bytes);
        if (!found || state.sequence > found.state.sequence) found = { state, place };
      } catch (error) {
        damaged.push(`${this.nameOf(place)}: ${(error as Error).message}`);
      }
    }
    this.newest = found ? { place: found.place, sequence: found.state.sequence } : null;
    return { found, damaged };
  }
}

/** The checkpoints of a session's run, whichever it is. */
export class RunKeeper {
  /** Steps between checkpoints; 0: only where the run rests; null: none at all. */
  every: number | null = null;
  private place: Checkpoints | null = null;

  constructor(
    private readonly keeping: CheckpointStore | undefined,
    private readonly tell: (event: RunEvent) => void,
    private readonly whyNothingKept = "this session was opened without a place for checkpoints",
  ) {}

  /** A run from its first step: its folder is made with its first checkpoint. */
  begin(): void {
    this.place = null;
  }

  /** A run that goes on in its folder. @throws where nothing is kept there. */
  async open(folder: string): Promise<RunState> {
    const { store } = this.need();
    const place = new Checkpoints(store, folder);
    const { state, damaged } = await place.read();
    for (const why of damaged)
      this.tell({
        type: "log",
        level: "warning",
        message: `A checkpoint was passed over for one that is whole. ${why}`,
      });
    this.place = place;
    return state;
  }

  /** Never rejects: a disk that is full must not end a run. */
  async keep(make: () => Promise<Unnumbered>): Promise<void> {
    if (!this.keeping || this.every === null) return;
    this.place ??= new Checkpoints(this.keeping.store, this.keeping.newRun());
    const { place } = this;
    try {
      const state = await make();
      const bytes = await place.keep(state);
      this.tell({ type: "checkpoint", run: place.folder, step: state.step, bytes });
    } catch (error) {
      const message = `The checkpoint could not be kept (${(error as Error).message}) Training goes on; make room in the library.`;
      this.tell({ type: "log", level: "warning", message });
    }
  }

  /** @throws where this session keeps nothing. */
  need(): CheckpointStore {
    if (!this.keeping)
      throw new Error(
        `Nothing is kept here: ${this.whyNothingKept}. Training works all the same, but checkpoints, data sets and weights last no longer than this page. Save as files what matters.`,
      );
    return this.keeping;
  }
}
