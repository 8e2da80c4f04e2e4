/** A description of a run for terminals. */
import { trainableLine } from "../../contracts/parameterCounts";
import type { Description } from "../../runtime/products/describe";
import { markdownTable, showShare } from "./table";

const count = (n: number): string => n.toLocaleString("en-US");

const showSettings = (settings: object): string =>
  Object.entries(settings)
    .map(([key, value]) => `${key}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(" ") || "none";

function showUnfrozen({ unfreeze }: Description["method"]): string {
  if (!unfreeze) return "as the method says";
  const names = Object.entries(unfreeze).flatMap(([name, isUnfrozen]) => (isUnfrozen ? [name] : []));
  return names.join(", ") || "nothing";
}

function siteTable({ sites }: Description): string {
  const columns = ["layers", "there are", "adapted", "parameters added", "own parameters unfrozen"].map((title) => ({
    title,
  }));
  const rows = sites.map(({ kind, sites, adapted, added, unfrozen }) => [kind, sites, adapted, added, unfrozen]);
  return markdownTable(
    columns,
    rows.map(([kind, ...counts]) => [String(kind), ...counts.map((n) => count(Number(n)))]),
  );
}

function groupTable({ parameters, trained }: Description): string {
  const columns = ["group", "trained", "share of trained", "all"].map((title) => ({ title }));
  return markdownTable(
    columns,
    parameters.map((group) => [
      group.label,
      count(group.trained),
      showShare(group.trained, trained),
      count(group.total),
    ]),
  );
}

/** Method, layers, groups, and the line that PEFT prints. */
export function showDescription(description: Description): string {
  const { backbone, imageSize, method, decoder, tasks, parameters } = description;
  return [
    `${method.label} (${method.source}) on ${backbone}, ${imageSize} px, decoder ${decoder}`,
    `settings: ${showSettings(method.settings)}`,
    `unfrozen beside the method: ${showUnfrozen(method)}`,
    `tasks: ${tasks.map(({ id, channels }) => `${id} (${channels} ${channels === 1 ? "channel" : "channels"})`).join(", ")}`,
    "",
    siteTable(description),
    "",
    groupTable(description),
    "",
    trainableLine(parameters),
  ].join("\n");
}
