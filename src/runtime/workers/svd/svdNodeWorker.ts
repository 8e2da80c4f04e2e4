/** A worker of the SVD pool in Node. */
import { parentPort } from "node:worker_threads";
import { answerSvd, type SvdAnswer, type SvdRequest } from "./svdService";

const port = parentPort;
if (!port) throw new Error("This file is a worker's: start it with new Worker(...), not as a program.");
const post = (answer: SvdAnswer, transfer: ArrayBuffer[]): void => port.postMessage(answer, transfer);
port.on("message", (request: SvdRequest) => answerSvd(request, post));
post({ kind: "ready" }, []);
