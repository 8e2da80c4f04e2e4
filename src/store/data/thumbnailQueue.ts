/**
 * Asks for thumbnails in small portions, one after the other, so that what is looked at now never waits behind what was scrolled past.
 */
import type { Split } from "../../contracts/sample";
import { thumbnailKey } from "./thumbnailSlice";

export interface Look {
  readonly split: Split;
  /** Place in the split, before any selection. */
  readonly index: number;
  /** Height in pixels at most. */
  readonly side: number;
}

interface Portion {
  readonly split: Split;
  readonly side: number;
  readonly indices: readonly number[];
}

/** Pictures of one portion: few enough that a newer wish is answered soon. */
const PORTION = 12;
/** A portion that is not answered for so long is taken for lost. */
const LOST_MS = 15_000;

export interface ThumbnailQueue {
  /** Replaces what was wanted before. */
  want(looks: readonly Look[]): void;
  /** Takes note of an answer; false where nobody waits for it, as it is of other data. */
  take(split: Split, indices: readonly number[]): boolean;
  /** Asks for the next portion where none is under way. */
  goOn(): void;
  /** Wants nothing more. */
  stop(): void;
  /** The data is another: what came counts no longer. */
  clear(): void;
}

/** `isKept`: whether the picture is still there. */
export function createThumbnailQueue(
  send: (portion: Portion) => void,
  isKept: (key: string) => boolean,
): ThumbnailQueue {
  let wanted: readonly Look[] = [];
  let lost: ReturnType<typeof setTimeout> | undefined;
  /** Sides by key: of what is under way, of what has come, and of what had its turn since the last wish and is not asked for again. */
  let inFlight = new Map<string, number>();
  let came = new Map<string, number>();
  let answered = new Map<string, number>();

  const isMissing = ({ split, index, side }: Look): boolean => {
    const key = thumbnailKey(split, index);
    const has = isKept(key) ? (came.get(key) ?? 0) : 0;
    return Math.max(has, answered.get(key) ?? 0) < side;
  };
  const goOn = (): void => {
    if (inFlight.size > 0) return;
    clearTimeout(lost);
    const missing = wanted.filter(isMissing);
    const [first] = missing;
    if (!first) return;
    const { split, side } = first;
    const alike = missing.filter((look) => look.split === split && look.side === side).slice(0, PORTION);
    inFlight = new Map(alike.map(({ index }) => [thumbnailKey(split, index), side]));
    lost = setTimeout(() => {
      for (const [key, side] of inFlight) answered.set(key, side);
      inFlight.clear();
      goOn();
    }, LOST_MS);
    send({ split, side, indices: alike.map(({ index }) => index) });
  };
  const stop = (): void => {
    clearTimeout(lost);
    wanted = [];
    inFlight = new Map();
  };
  return {
    want(looks) {
      wanted = looks;
      answered = new Map();
      goOn();
    },
    take(split, indices) {
      const keys = indices.map((index) => thumbnailKey(split, index)).filter((key) => inFlight.has(key));
      for (const key of keys) {
        came.set(key, inFlight.get(key)!);
        answered.set(key, inFlight.get(key)!);
        inFlight.delete(key);
      }
      return keys.length > 0;
    },
    goOn,
    stop,
    clear() {
      stop();
      came = new Map();
    },
  };
}
