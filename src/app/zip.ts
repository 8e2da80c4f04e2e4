/** The files of an export in one zip archive. */
import { zipFiles } from "../core/io/zipWrite";
import type { ExportedFile } from "../store/library/exportFiles";

/** Weights and PNG hardly shrink; text does. */
const shrinks = ({ mime }: ExportedFile): boolean => /^text\/|json|yaml|svg/.test(mime);

export const zipOf = (files: readonly ExportedFile[]): Uint8Array<ArrayBuffer> =>
  zipFiles(files.map((file) => [file.name, file.bytes, shrinks(file)] as const));

export const zipMethods = { pack: zipOf };
export type ZipMethods = typeof zipMethods;
