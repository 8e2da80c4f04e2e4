/** Numbers for people. */
import type { TaskEntry } from "../../contracts/catalogue";

/** Four significant digits; what is not finite says so. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6) return value.toExponential(2).replace("e-", "e−").replace("e+", "e");
  return value.toPrecision(4).replace(/^-/, "−");
}

/** An error or a tolerance: two digits. */
export function formatError(value: number): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return formatNumber(value);
  const size = Math.abs(value);
  return (size < 1e-3 || size >= 1e4 ? value.toExponential(1) : String(Number(value.toPrecision(2)))).replace(
    "e-",
    "e−",
  );
}

export const formatCount = (value: number): string => value.toLocaleString("en-US");

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(0)} kB`;
  return bytes < 1024 ** 3 ? `${(bytes / 1024 ** 2).toFixed(1)} MB` : `${(bytes / 1024 ** 3).toFixed(2)} GB`;
}

/** A task's primary metric with its unit. A difference has the digits of what it is a difference of, `like`. */
export function formatMetric(
  task: Pick<TaskEntry, "percent" | "unit">,
  value: number | undefined,
  like = value,
): string {
  if (value === undefined) return "–";
  if (!Number.isFinite(value)) return formatNumber(value);
  if (task.percent) return `${(100 * value).toFixed(1)} %`;
  const digits = Math.abs(like ?? value) < 10 ? 3 : 2;
  return `${value.toFixed(digits)}${task.unit ? ` ${task.unit}` : ""}`;
}

/** How long ago something was: "3 minutes ago". */
export function formatAgo(ms: number): string {
  const ago = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? "" : "s"} ago`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return ago(minutes, "minute");
  if (minutes < 24 * 60) return ago(Math.floor(minutes / 60), "hour");
  return ago(Math.floor(minutes / (24 * 60)), "day");
}

/** A day and time as people here write them. */
export const formatDate = (time: number): string =>
  new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
