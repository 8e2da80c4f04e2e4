/** A data set whose samples are loaded once and kept, for several runs on the same images. */
import type { DataSource, Sample } from "../contracts/sample";

/** The same data set, every sample loaded once and kept. */
export function keepSamples(source: DataSource): DataSource {
  const samples = new Map<string, Promise<Sample>>();
  const load: DataSource["load"] = (split, index) => {
    const key = `${split}/${index}`;
    const known = samples.get(key) ?? source.load(split, index);
    samples.set(key, known);
    return known;
  };
  return { ...source, load };
}
