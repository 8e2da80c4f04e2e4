import { formatError } from "../../parts/format";
import styles from "./check.module.css";

/** An error as a part of what is allowed, on a scale of powers of ten from a ten-thousandth to all of it. */
export function Share({ error, tolerance }: { readonly error: number; readonly tolerance: number }) {
  const share = tolerance > 0 ? error / tolerance : error > 0 ? Infinity : 0;
  const width = share > 0 ? Math.min(1, Math.max(0.02, 1 + Math.log10(share) / 4)) : 0;
  return (
    <span className={styles.share} data-over={share > 1} title={`${formatError(100 * share)} %`}>
      <i style={{ width: `${100 * width}%` }} />
    </span>
  );
}
