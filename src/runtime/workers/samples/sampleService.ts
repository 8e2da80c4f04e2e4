/** What a worker that makes rows is told and answers, and how it does so; the same in the page and in Node. */
import type { DataOrigin } from "../../../contracts/dataOrigin";
import type { DataSource, Split } from "../../../contracts/sample";
import { type OpenTree, openOrigin } from "../../../data/origin";
import { makeRow, type Row, type SampleRequest } from "../../../data/rows";
import { sampleCache } from "../../../data/sampleCache";
import { messageOf } from "../../platform/messageOf";

export type SampleOrder =
  /** Opens a data set in place of the one before; `opening` counts them. Decoded samples are kept up to these bytes. */
  | { readonly kind: "open"; readonly opening: number; readonly origin: DataOrigin; readonly cacheBytes: number }
  /** A row of the data set opened last. */
  | { readonly kind: "row"; readonly job: number; readonly request: SampleRequest };

export type SampleAnswer =
  | { readonly kind: "opened"; readonly opening: number }
  | { readonly kind: "unopened"; readonly opening: number; readonly message: string }
  | { readonly kind: "row"; readonly job: number; readonly row: Row }
  /** The data set that was opened has no sample of that id. */
  | { readonly kind: "unknown"; readonly job: number }
  | { readonly kind: "failed"; readonly job: number; readonly message: string };

type Post = (answer: SampleAnswer, transfer: ArrayBuffer[]) => void;
type Make = (request: SampleRequest) => Promise<Row | undefined>;

/** Takes one order after the other; every error becomes an answer, so that nobody waits for one that never comes. */
export function createSampleService(openTree: OpenTree, post: Post): (order: SampleOrder) => Promise<void> {
  let opened: Promise<Make> = Promise.reject(new Error("No data set is open."));
  opened.catch(() => {});
  return async (order) => {
    if (order.kind === "open") {
      const { opening, origin, cacheBytes } = order;
      opened = openOrigin(origin, openTree).then((source) => rowsOf(source, cacheBytes));
      await opened.then(
        () => post({ kind: "opened", opening }, []),
        (error) => post({ kind: "unopened", opening, message: messageOf(error) }, []),
      );
      return;
    }
    const { job, request } = order;
    try {
      const row = await (await opened)(request);
      if (row) post({ kind: "row", job, row }, buffersOf(row));
      else post({ kind: "unknown", job }, []);
    } catch (error) {
      post({ kind: "failed", job, message: messageOf(error) }, []);
    }
  };
}

function rowsOf(source: DataSource, cacheBytes: number): Make {
  const cache = sampleCache(source, cacheBytes);
  const placeOf = placesById(source);
  return async (request) => {
    const place = placeOf(request);
    return place && makeRow(await cache.get(place.split, place.index), request);
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

const buffersOf = ({ square }: Row): ArrayBuffer[] =>
  [square.image, ...Object.values(square.labels)].flatMap((data) => (data ? [data.buffer as ArrayBuffer] : []));
