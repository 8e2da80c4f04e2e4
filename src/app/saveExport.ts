/** An export as one download: a single file as it is, several in a zip archive that keeps their folders. */
import type { Written } from "../store/library/exportFiles";
import { saveFile } from "../ui/parts/saveFile";
import type { Packed, Packing } from "./zipWorker";

/** Gives the files' bytes away: they are empty afterwards. */
export async function saveExport({ what, files }: Written): Promise<void> {
  const [first, second] = files;
  if (!first) return;
  if (!second) saveFile(first.name.replace(/^.*\//, ""), new Blob([first.bytes], { type: first.mime }));
  else saveFile(`${what}.zip`, new Blob([await pack(files)], { type: "application/zip" }));
}

/** In a worker: checksums of a model's hundreds of megabytes would hold the page up. */
function pack(files: Packing): Promise<Packed> {
  const worker = new Worker(new URL("./zipWorker.ts", import.meta.url), { type: "module", name: "zip" });
  return new Promise<Packed>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Packed>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(`The files could not be put into one archive: ${message}`));
    worker.postMessage(
      files,
      files.map(({ bytes }) => bytes.buffer),
    );
  }).finally(() => worker.terminate());
}
