/** What plans use of the executor that compiled them. */
import type { DeviceError } from "../executor";
import type { Memory } from "./memory";

/** What the executor lends to its plans. */
export interface Surface {
  readonly device: GPUDevice;
  readonly memory: Memory;
  /** Milliseconds from any start. */
  readonly now: () => number;
  /** Throws when the device was lost or the executor is disposed. */
  check(): void;
  /** Rejects with the reason when the device fails or is lost before `work` is done. */
  guard<T>(work: Promise<T>): Promise<T>;
  /** The device failed: all that waits rejects, and all that comes later. */
  fail(error: DeviceError): void;
}
