/** Keeps decoded samples in memory, the least recently used ones leaving first. */
import type { DataSource, Sample, Split } from "../contracts/sample";

export interface SampleCache {
  get(split: Split, index: number): Promise<Sample>;
  /** Bytes of the samples that are held now. */
  readonly heldBytes: number;
}

/** A sample larger than the whole budget passes through without being held. A failed load is forgotten, so that it may be tried again. */
export function sampleCache(source: DataSource, budgetBytes: number): SampleCache {
  const held = new Map<string, { readonly sample: Promise<Sample>; bytes: number }>();
  let heldBytes = 0;

  const makeRoom = (): void => {
    for (const [key, entry] of held) {
      if (heldBytes <= budgetBytes) return;
      held.delete(key);
      heldBytes -= entry.bytes;
    }
  };
  const load = (split: Split, index: number, key: string): Promise<Sample> => {
    const entry = { sample: source.load(split, index), bytes: 0 };
    held.set(key, entry);
    entry.sample.then(
      (sample) => {
        if (held.get(key) !== entry) return;
        entry.bytes = sampleBytes(sample);
        heldBytes += entry.bytes;
        makeRoom();
      },
      () => {
        if (held.get(key) === entry) held.delete(key);
      },
    );
    return entry.sample;
  };
  return {
    get(split, index) {
      const key = `${split}/${index}`;
      const entry = held.get(key);
      if (!entry) return load(split, index, key);
      // A map lists its keys in the order of insertion, so putting one back makes it the newest.
      held.delete(key);
      held.set(key, entry);
      return entry.sample;
    },
    get heldBytes() {
      return heldBytes;
    },
  };
}

function sampleBytes({ image, labels }: Sample): number {
  let bytes = image.data.byteLength;
  for (const label of Object.values(labels)) bytes += label?.data.byteLength ?? 0;
  return bytes;
}
