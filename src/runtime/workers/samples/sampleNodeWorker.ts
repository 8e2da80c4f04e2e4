/** A worker thread of Node that makes rows. */
import { parentPort } from "node:worker_threads";
import { nodeFiles } from "../../platform/node/nodeFiles";
import { createSampleService, type SampleOrder } from "./sampleService";

const port = parentPort;
if (!port) throw new Error("This file is a worker's: start it with new Worker(...), not as a program.");
const take = createSampleService(
  async (place) => {
    if (typeof place !== "string") throw new Error("Chosen files are the page's; in Node a data set lies at a path.");
    return nodeFiles(place);
  },
  (answer, transfer) => port.postMessage(answer, transfer),
);
port.on("message", (order: SampleOrder) => void take(order));
