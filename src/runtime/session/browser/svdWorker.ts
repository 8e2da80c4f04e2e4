/** A worker of the page that decomposes matrices. */
import { webWorkerScope } from "../../platform/browser/webWorker";
import { serve } from "../../workers/service";
import { svdMethods } from "../../workers/svd/svdMethods";

serve(webWorkerScope(), svdMethods);
