/** An export as one download: a single file as it is, several in a zip archive that keeps their folders. */
import { webWorkerPort } from "../runtime/platform/browser/webWorker";
import { WorkerService } from "../runtime/workers/service";
import type { Written } from "../store/library/exportFiles";
import { saveFile } from "../ui/parts/saveFile";
import type { ZipMethods } from "./zip";

/** Gives the files' bytes away: they are empty afterwards. */
export async function saveExport({ what, files }: Written): Promise<void> {
  const [first, second] = files;
  if (!first) return;
  if (!second) saveFile(first.name.replace(/^.*\//, ""), new Blob([first.bytes], { type: first.mime }));
  else saveFile(`${what}.zip`, new Blob([await pack(files)], { type: "application/zip" }));
}

/** In a worker: checksums of a model's hundreds of megabytes would hold the page up. */
async function pack(files: Written["files"]): Promise<Uint8Array<ArrayBuffer>> {
  const start = () =>
    webWorkerPort(new Worker(new URL("./zipWorker.ts", import.meta.url), { type: "module", name: "zip" }));
  const service = new WorkerService<ZipMethods>(start, "The worker that puts files into one archive");
  try {
    return await service.call("pack", files, { transfer: files.map(({ bytes }) => bytes.buffer) });
  } finally {
    service.stop(new Error("The archive is made."));
  }
}
