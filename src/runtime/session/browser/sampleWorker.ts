/** A worker of the page that prepares images. */
import { webWorkerScope } from "../../platform/browser/webWorker";
import { chosenTree } from "../../platform/chosenFiles";
import { sampleMethods } from "../../workers/samples/sampleMethods";
import { serve } from "../../workers/service";

const methods = sampleMethods(async (place) => {
  if (typeof place === "string") throw new Error(`${place} is a path; the page reads chosen files.`);
  return chosenTree(place);
});
serve(webWorkerScope(), methods);
