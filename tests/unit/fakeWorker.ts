/** The two ends of a worker without a thread: messages are copied and come later, as across a real border. */
import type { WorkerPort, WorkerScope } from "../../src/runtime/platform/workerPort";

export interface FakeWorker {
  readonly port: WorkerPort;
  readonly scope: WorkerScope;
  die(message: string): void;
}

type Listener = (message: unknown) => void;

export function fakeWorker(port: Partial<WorkerPort> = {}): FakeWorker {
  let within: Listener = () => {};
  let outside: Listener = () => {};
  let failed: (message: string) => void = () => {};
  const send = (message: unknown, transfer: ArrayBuffer[], listener: () => Listener): void => {
    const copy = structuredClone(message, { transfer });
    setTimeout(() => listener()(copy));
  };
  return {
    port: {
      post: (message, transfer) => send(message, transfer, () => within),
      onMessage: (listener) => {
        outside = listener;
      },
      onFailure: (listener) => {
        failed = listener;
      },
      terminate: () => {},
      ...port,
    },
    scope: {
      post: (message, transfer) => send(message, transfer, () => outside),
      onMessage: (listener) => {
        within = listener;
      },
    },
    die: (message) => failed(message),
  };
}
