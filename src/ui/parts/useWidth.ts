import { type RefObject, useEffect, useRef, useState } from "react";

/** Hook: the width of an element in pixels; `first` until it is known. */
export function useWidth(first: number): readonly [RefObject<HTMLDivElement | null>, number] {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(first);
  useEffect(() => {
    if (!element.current) return;
    const sizes = new ResizeObserver(([entry]) => setWidth(Math.max(240, Math.floor(entry!.contentRect.width))));
    sizes.observe(element.current);
    return () => sizes.disconnect();
  }, []);
  return [element, width];
}
