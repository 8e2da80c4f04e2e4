/** The files of an export in one zip archive. */
import { type Zippable, zipSync } from "fflate";
import type { ExportedFile } from "../store/library/exportFiles";

/** Weights and PNG hardly shrink; text does. */
const level = ({ mime }: ExportedFile): 0 | 6 => (/^text\/|json|yaml|svg/.test(mime) ? 6 : 0);

export const zipOf = (files: readonly ExportedFile[]): Uint8Array<ArrayBuffer> =>
  zipSync(
    Object.fromEntries(files.map((file) => [file.name, [file.bytes, { level: level(file) }]])) as Zippable,
  ) as Uint8Array<ArrayBuffer>;

export const zipMethods = { pack: zipOf };
export type ZipMethods = typeof zipMethods;
