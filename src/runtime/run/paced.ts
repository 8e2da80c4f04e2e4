/** Progress that is told now and then: every message is work for the page. */
import type { Platform } from "../platform/platform";

const TELL_EVERY_MS = 100;

/** Hands on at most ten parts a second, and the last one always. */
export function paced(
  { platform }: { readonly platform: Pick<Platform, "now"> },
  tell: (done: number, total: number) => void,
): (done: number, total: number) => void {
  let told = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    const now = platform.now();
    if (done < total && now - told < TELL_EVERY_MS) return;
    told = now;
    tell(done, total);
  };
}
