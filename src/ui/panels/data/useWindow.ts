import { type RefObject, useLayoutEffect, useState } from "react";

export interface Window {
  /** Rows [first, last) are drawn. */
  readonly first: number;
  readonly last: number;
  /** Inner size of the container in pixels; 0 until it is known. */
  readonly width: number;
  readonly height: number;
}

export interface Rows {
  readonly count: number;
  /** In pixels. */
  readonly height: number;
}

/** The rows [first, last) that are in sight of a container that scrolls, with `margin` more at both ends. */
export function rowsInSight(
  { top, height }: { readonly top: number; readonly height: number },
  rows: Rows,
  margin: number,
): Pick<Window, "first" | "last"> {
  const last = Math.min(rows.count, Math.ceil((top + height) / rows.height) + margin);
  return { first: Math.max(0, Math.min(Math.floor(top / rows.height) - margin, last)), last };
}

/** Follows the container's scrolling and size; `rowsAt` says how many rows there are, and how high each, at an inner width. */
export function useWindow(
  container: RefObject<HTMLElement | null>,
  rowsAt: (width: number) => Rows,
  margin: number,
): Window {
  const [seen, setSeen] = useState({ top: 0, width: 0, height: 0 });
  const rows = rowsAt(seen.width);
  useLayoutEffect(() => {
    const box = container.current;
    if (!box) return;
    const look = (): void =>
      setSeen((before) => {
        // Within a row nothing changes.
        const top = rows.height * Math.floor(box.scrollTop / rows.height);
        const now = { top, width: box.clientWidth, height: box.clientHeight };
        const same = now.top === before.top && now.width === before.width && now.height === before.height;
        return same ? before : now;
      });
    look();
    const sizes = new ResizeObserver(look);
    sizes.observe(box);
    box.addEventListener("scroll", look, { passive: true });
    return () => {
      sizes.disconnect();
      box.removeEventListener("scroll", look);
    };
  }, [container, rows.height]);
  return { ...rowsInSight(seen, rows, margin), width: seen.width, height: seen.height };
}
