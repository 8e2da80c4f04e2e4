/** Which labels lie over the small pictures. */
import type { TaskId } from "../../../contracts/runConfig";

export interface Overlay {
  /** null: the pictures alone. */
  readonly task: TaskId | null;
  /** 0 to 1. */
  readonly opacity: number;
}
