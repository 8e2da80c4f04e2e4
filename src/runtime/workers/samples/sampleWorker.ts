/** A worker of the page that makes rows. */
import { chosenTree } from "../../platform/browser/browserFiles";
import { createSampleService, type SampleAnswer, type SampleOrder } from "./sampleService";

/** The worker's own side of the channel; the DOM library's `self` would be a window's. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<SampleOrder>) => void) | null;
  postMessage(message: SampleAnswer, transfer: ArrayBuffer[]): void;
}

const scope = globalThis as unknown as WorkerScope;
const take = createSampleService(
  async (place) => {
    if (typeof place === "string") throw new Error(`${place} is a path; the page reads chosen files.`);
    return chosenTree(place);
  },
  (answer, transfer) => scope.postMessage(answer, transfer),
);
scope.onmessage = ({ data }) => void take(data);
