/** What the process holds open. */
import { existsSync, readdirSync } from "node:fs";

const PLACE = "/proc/self/fd";

/** Number of open file descriptors; undefined where the system does not list them. The listing's own is counted each time. */
export const openDescriptors = (): number | undefined => (existsSync(PLACE) ? readdirSync(PLACE).length : undefined);
