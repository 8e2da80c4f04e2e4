/** Small pictures of samples, as many as fit: those not looked at for longest go first. */
import type { RunEvent } from "../../contracts/runEvent";
import type { Split } from "../../contracts/sample";
import type { Thumbnail } from "../../contracts/survey";

export interface ThumbnailSlice {
  /** Counts how often the pictures were dropped because the data is another, or is read otherwise. */
  readonly generation: number;
  /** By `thumbnailKey`, the longest unseen first. */
  readonly pictures: ReadonlyMap<string, Thumbnail>;
  readonly bytes: number;
  /** Ids of samples by `thumbnailKey`; they stay when the pictures go. */
  readonly names: ReadonlyMap<string, string>;
}

/** Of all pictures together. */
export const MOST_BYTES = 96 * 2 ** 20;

export const noThumbnails = (generation = 0): ThumbnailSlice => ({
  generation,
  pictures: new Map(),
  bytes: 0,
  names: new Map(),
});

export const thumbnailKey = (split: Split, index: number): string => `${split} ${index}`;

const bytesOf = (thumbnail: Thumbnail | undefined): number =>
  thumbnail
    ? [thumbnail.image, ...thumbnail.labels.map(({ picture }) => picture)].reduce(
        (sum, { rgba }) => sum + rgba.length,
        0,
      )
    : 0;

/** `most`: bytes that are kept; the newest picture stays even where it alone is larger. */
export function foldThumbnails(slice: ThumbnailSlice, event: RunEvent, most = MOST_BYTES): ThumbnailSlice {
  if (event.type === "data") return noThumbnails(slice.generation + 1);
  if (event.type !== "thumbnails") return slice;
  const pictures = new Map(slice.pictures);
  const names = new Map(slice.names);
  let { bytes } = slice;
  for (const { index, ...thumbnail } of event.samples) {
    const key = thumbnailKey(event.split, index);
    bytes += bytesOf(thumbnail) - bytesOf(pictures.get(key));
    pictures.delete(key);
    pictures.set(key, thumbnail);
    names.set(key, thumbnail.id);
  }
  for (const [key, thumbnail] of pictures) {
    if (bytes <= most || pictures.size === 1) break;
    bytes -= bytesOf(thumbnail);
    pictures.delete(key);
  }
  return { ...slice, pictures, bytes, names };
}

/** Those that are looked at now go last. */
export function touchThumbnails(slice: ThumbnailSlice, keys: readonly string[]): ThumbnailSlice {
  const pictures = new Map(slice.pictures);
  for (const key of keys) {
    const thumbnail = pictures.get(key);
    if (thumbnail && pictures.delete(key)) pictures.set(key, thumbnail);
  }
  return { ...slice, pictures };
}
