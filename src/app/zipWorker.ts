/** Puts the files of an export into one zip archive, beside the page. */
import { zipFiles } from "../core/io/zipWrite";
import type { ExportedFile } from "../store/library/exportFiles";

export type Packing = readonly ExportedFile[];
export type Packed = Uint8Array<ArrayBuffer>;

/** Weights and PNG hardly shrink; text does. */
const shrinks = ({ mime }: ExportedFile): boolean => /^text\/|json|yaml|svg/.test(mime);

export const zipOf = (files: Packing): Packed =>
  zipFiles(files.map((file) => [file.name, file.bytes, shrinks(file)] as const));

const scope = globalThis as unknown as {
  postMessage(message: Packed, transfer: Transferable[]): void;
  onmessage: ((message: MessageEvent<Packing>) => void) | null;
};

scope.onmessage = ({ data }) => {
  const archive = zipOf(data);
  scope.postMessage(archive, [archive.buffer]);
};
