/** A worker thread of Node that prepares images. */
import { nodeFiles } from "../../platform/node/nodeFiles";
import { nodeWorkerScope } from "../../platform/node/nodeWorker";
import { sampleMethods } from "../../workers/samples/sampleMethods";
import { serve } from "../../workers/service";

const methods = sampleMethods(async (place) => {
  if (typeof place !== "string") throw new Error("Chosen files are the page's; in Node a data set lies at a path.");
  return nodeFiles(place);
});
serve(nodeWorkerScope(), methods);
