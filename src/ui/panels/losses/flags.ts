/** Live fields that changed on the way, as a chart and a list tell them. */
import type { Catalogue } from "../../../contracts/catalogue";
import type { Change } from "../../../contracts/changes";
import type { Flag } from "../../charts/Chart";
import { formatNumber } from "../../parts/format";

const textOf = (value: unknown): string => (typeof value === "number" ? formatShort(value) : JSON.stringify(value));

const formatShort = (value: number): string =>
  String(Number(value.toPrecision(4))).length <= 6 ? String(Number(value.toPrecision(4))) : formatNumber(value);

/** "Learning rate, method 0.003" at the first step that it feeds. */
export const flagsOf = (catalogue: Catalogue | null, changes: readonly Change[]): readonly Flag[] =>
  changes.map(({ step, field, value }) => ({
    x: step + 1,
    label: `${catalogue?.settings.find(({ path }) => path === field)?.label ?? field} ${textOf(value)}`,
  }));
