/**
 * Resolves in a task of its own, after the messages that wait. An engine that computes without waiting for anything would otherwise keep
 * the worker's thread from one step to the next, and a Pause would be heard when the run is over.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    // Not a timer: nested timers are held back by 4 ms, as long as a step takes on a GPU.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
