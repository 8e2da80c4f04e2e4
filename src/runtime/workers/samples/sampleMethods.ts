/** What a worker that prepares images can do; the same in the page and in Node. */
import type { DataOrigin } from "../../../contracts/dataOrigin";
import type { DataSource, Split } from "../../../contracts/sample";
import { type BatchRow, makeBatchRow, type SampleRequest } from "../../../data/batchRow";
import { type OpenTree, openOrigin } from "../../../data/origin";
import { sampleCache } from "../../../data/sampleCache";

/** Where a worker finds a data set; decoded samples are kept up to these bytes. */
interface Opening {
  readonly origin: DataOrigin;
  readonly cacheBytes: number;
}

type Make = (request: SampleRequest) => Promise<BatchRow | undefined>;

export function sampleMethods(openTree: OpenTree) {
  let opened: Promise<Make> = Promise.reject(new Error("No data set is open."));
  opened.catch(() => {});
  return {
    /** In place of the data set before. */
    async open({ origin, cacheBytes }: Opening): Promise<void> {
      opened = openOrigin(origin, openTree).then((source) => makerOf(source, cacheBytes));
      await opened;
    },
    /** Of the data set opened last; undefined where it has no sample of that id. */
    async prepare(request: SampleRequest): Promise<BatchRow | undefined> {
      const make = await opened;
      return make(request);
    },
  };
}

export type SampleMethods = ReturnType<typeof sampleMethods>;

function makerOf(source: DataSource, cacheBytes: number): Make {
  const cache = sampleCache(source, cacheBytes);
  const placeOf = placesById(source);
  return async (request) => {
    const place = placeOf(request);
    return place && makeBatchRow(await cache.get(place.split, place.index), request);
  };
}

interface Place {
  readonly split: Split;
  readonly index: number;
}

/** Where a sample lies: at its place in the whole data set, or elsewhere where the request counts within a part of it. */
function placesById(source: DataSource): (request: SampleRequest) => Place | undefined {
  let byId: Map<string, Place> | undefined;
  const listed = (): Map<string, Place> => {
    const places = new Map<string, Place>();
    for (const split of ["val", "train"] as const)
      for (let index = 0; index < source.size[split]; index++) places.set(source.id(split, index), { split, index });
    return places;
  };
  return ({ split, index, id }) => {
    if (index < source.size[split] && source.id(split, index) === id) return { split, index };
    byId ??= listed();
    return byId.get(id);
  };
}
