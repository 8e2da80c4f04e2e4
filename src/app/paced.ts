/** Least time between two redraws of running numbers. */
const LEAST_MS = 250;

/** Redrawing may take this share of the page's time; slower machines redraw less often. */
const MOST_SHARE = 0.25;

/**
 * Publishes at most four times a second, less often where drawing takes long, and not at all while the page cannot be seen: what has
 * gathered is then drawn when it comes back.
 */
export function paced(): (publish: () => void) => void {
  let last = 0;
  let costMs = 0;
  return (publish) => {
    const draw = (): void => {
      const from = performance.now();
      publish();
      requestAnimationFrame(() => {
        // The next task after the frame: rendering and painting are done.
        setTimeout(() => {
          costMs = performance.now() - from;
          last = performance.now();
        }, 0);
      });
    };
    const wait = Math.max(LEAST_MS, costMs / MOST_SHARE) - (performance.now() - last);
    setTimeout(
      () => {
        if (document.visibilityState === "visible") draw();
        else document.addEventListener("visibilitychange", draw, { once: true });
      },
      Math.max(0, wait),
    );
  };
}
