/** Notes of how data sets are read, by their content, so that one that is opened again is read as it was the last time. */
import * as v from "valibot";
import { LabelEncodingSchema } from "../../contracts/labelEncoding";
import { decodeUtf8, encodeUtf8 } from "../../core/math/text";
import { asItIs, type Reading } from "../run/prepare/openOptions";
import type { Host } from "./host";
import { NOTES_FOLDER } from "./library";

const NoteSchema = v.object({
  layout: v.string(),
  valShare: v.number(),
  labelEncodings: v.record(v.string(), LabelEncodingSchema),
});

/** `identity`: the data set's fingerprint. */
const noteName = (identity: string): string => `${NOTES_FOLDER}/${identity.slice(0, 32)}.json`;

/** undefined where there is none. */
export async function readNote({ platform }: Host, identity: string): Promise<Reading | undefined> {
  const bytes = await platform.runs?.store.read(noteName(identity));
  if (!bytes) return undefined;
  try {
    return v.parse(NoteSchema, JSON.parse(decodeUtf8(bytes)));
  } catch {
    // A note that a kill cut short is worth less than the data.
    return undefined;
  }
}

/** A note that finds no room is a warning: it is no reason not to train. */
export async function writeNote({ platform, tell }: Host, identity: string, note: Reading): Promise<void> {
  if (!platform.runs) return;
  const { store } = platform.runs;
  const isUsual = JSON.stringify(note) === JSON.stringify(asItIs);
  try {
    if (isUsual) await store.remove(noteName(identity));
    else await store.write(noteName(identity), encodeUtf8(JSON.stringify(note)));
  } catch (error) {
    const message = `How the files are read could not be noted for the next visit (${(error as Error).message}). Make room in the library.`;
    tell({ type: "log", level: "warning", message });
  }
}
