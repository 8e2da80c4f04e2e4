/** A worker thread of Node that renders scenes. */
import { nodeWorkerScope } from "../../platform/node/nodeWorker";
import { sceneMethods } from "../../workers/scenes/sceneMethods";
import { serve } from "../../workers/service";

serve(nodeWorkerScope(), sceneMethods);
