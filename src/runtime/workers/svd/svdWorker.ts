/** A worker of the SVD pool in the page. */
import { answerSvd, type SvdAnswer, type SvdRequest } from "./svdService";

/** The worker's own side of the channel; the DOM library's `self` would be a window's. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<SvdRequest>) => void) | null;
  postMessage(message: SvdAnswer, transfer: ArrayBuffer[]): void;
}

const scope = globalThis as unknown as WorkerScope;
scope.onmessage = ({ data }) => answerSvd(data, (answer, transfer) => scope.postMessage(answer, transfer));
scope.postMessage({ kind: "ready" }, []);
