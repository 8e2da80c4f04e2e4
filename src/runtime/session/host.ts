/** What the parts of a session share: the platform, and the way to tell. */
import type { RunEvent } from "../../contracts/runEvent";
import type { Platform } from "../platform/platform";

export interface Host {
  /** Another one after weights were opened. */
  platform: Platform;
  tell(event: RunEvent): void;
  fail(error: Error): void;
}
