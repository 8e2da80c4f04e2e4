/** Least time between two redraws of running numbers. */
const LEAST_MS = 250;

/** Most time between them: a counter that stands still for longer looks stuck. */
const MOST_MS = 2000;

/** Redrawing may take this share of the page's time; slower machines redraw less often. */
const MOST_SHARE = 0.25;

/** Calls `done` when the page has drawn, deferred charts included, and has nothing more to do. */
function whenSettled(done: () => void): void {
  if (typeof requestIdleCallback === "function") requestIdleCallback(done, { timeout: 5000 });
  else setTimeout(done, 100);
}

/**
 * Publishes at most four times a second, less often where drawing takes long, and not at all while the page cannot be seen: what has
 * gathered is then drawn when it comes back.
 */
export function paced(): (publish: () => void) => void {
  let last = 0;
  let costMs = 0;
  let drawing = false;
  let waiting: (() => void) | null = null;
  return (publish) => {
    const draw = (): void => {
      // A redraw that is still going on would be thrown away and begun anew: charts of a busy machine would never be finished.
      if (drawing) {
        waiting = draw;
        return;
      }
      drawing = true;
      const from = performance.now();
      last = from;
      publish();
      requestAnimationFrame(() =>
        whenSettled(() => {
          last = performance.now();
          costMs = last - from;
          drawing = false;
          const next = waiting;
          waiting = null;
          next?.();
        }),
      );
    };
    const wait = Math.min(MOST_MS, Math.max(LEAST_MS, costMs / MOST_SHARE)) - (performance.now() - last);
    setTimeout(
      () => {
        if (document.visibilityState === "visible") draw();
        else document.addEventListener("visibilitychange", draw, { once: true });
      },
      Math.max(0, wait),
    );
  };
}
