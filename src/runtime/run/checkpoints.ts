/**
 * Checkpoints of a run in a store. They go to two places in turn: a new one never touches the newest good one, is read back and compared, and
 * only then counts. So a whole checkpoint lies there at any moment, whatever the platform promises of its writes.
 */
import type { CheckpointKind } from "../../contracts/run";
import { type RunState, readRunState, writeRunState } from "../../core/checkpoint/runState";
import { sameBytes } from "../../core/io/bytes";
import type { Store } from "../platform/storage";

const PLACES = ["a.safetensors", "b.safetensors"] as const;
/** The best one by the run's own metric. Where its writing is cut short, only it is lost. */
const BEST = "best.safetensors";

/** Names of the files that checkpoints lie in. */
export const checkpointFiles: readonly string[] = [...PLACES, BEST];

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

  /** The best checkpoint. @throws where there is none that is whole. */
  async readBest(): Promise<RunState> {
    const bytes = await this.store.read(`${this.folder}/${BEST}`);
    if (bytes) return readRunState(bytes);
    throw new Error(`"${this.folder}" has no best checkpoint: it is kept after an evaluation. Take the newest.`);
  }

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
  async keep(state: Unnumbered, kind: CheckpointKind = "newest"): Promise<number> {
    if (this.newest === undefined) await this.look();
    const { place: last = 1, sequence: before = 0 } = this.newest ?? {};
    const bytes = writeRunState({ ...state, sequence: before + 1 });
    if (kind === "best") {
      await this.write(`${this.folder}/${BEST}`, bytes);
      return bytes.length;
    }
    const place = 1 - last;
    await this.write(this.nameOf(place), bytes);
    this.newest = { place, sequence: before + 1 };
    return bytes.length;
  }

  private async write(name: string, bytes: Uint8Array): Promise<void> {
    await this.store.write(name, bytes);
    const back = await this.store.read(name);
    if (!back || !sameBytes(bytes, back))
      throw new Error(
        `${name} did not come back from the disk as it was written; the checkpoint before it is still good.`,
      );
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
