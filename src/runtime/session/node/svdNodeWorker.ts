/** A worker thread of Node that decomposes matrices. */
import { nodeWorkerScope } from "../../platform/node/nodeWorker";
import { serve } from "../../workers/service";
import { svdMethods } from "../../workers/svd/svdMethods";

serve(nodeWorkerScope(), svdMethods);
