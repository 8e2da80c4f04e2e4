/** The worker of the page that packs exports. */
import { webWorkerScope } from "../runtime/platform/browser/webWorker";
import { serve } from "../runtime/workers/service";
import { zipMethods } from "./zip";

serve(webWorkerScope(), zipMethods);
