/** Dependencies that the parts of a session share: the platform, the workers, and the emitter of events. */
import type { RunEvent } from "../../contracts/runEvent";
import type { Platform } from "../platform/platform";
import type { Workers } from "../workers/workers";

export interface Host {
  readonly platform: Platform;
  readonly workers: Workers;
  tell(event: RunEvent): void;
  fail(error: Error): void;
}
