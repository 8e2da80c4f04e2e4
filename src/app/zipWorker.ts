/** Puts the files of an export into one zip archive, beside the page. */
import { type Zippable, zipSync } from "fflate";
import type { ExportedFile } from "../store/library/exportFiles";

export type Packing = readonly ExportedFile[];
export type Packed = Uint8Array<ArrayBuffer>;

/** Weights and PNG hardly shrink; text does. */
const level = ({ mime }: ExportedFile): 0 | 6 => (/^text\/|json|yaml|svg/.test(mime) ? 6 : 0);

export const zipOf = (files: Packing): Packed =>
  zipSync(
    Object.fromEntries(files.map((file) => [file.name, [file.bytes, { level: level(file) }]])) as Zippable,
  ) as Packed;

const scope = globalThis as unknown as {
  postMessage(message: Packed, transfer: Transferable[]): void;
  onmessage: ((message: MessageEvent<Packing>) => void) | null;
};

scope.onmessage = ({ data }) => {
  const archive = zipOf(data);
  scope.postMessage(archive, [archive.buffer]);
};
