import { type DeclaredField, fieldOf } from "../../contracts/fields";
import { currentPath, type RunConfig } from "../../contracts/runConfig";
import { withMethod } from "../../runtime/run/prepare/modelSpec";

/**
 * Sets a dotted path of a run file. Fields that hold objects of their own making (a method's settings, weights by task) take new
 * entries, since what they may hold is checked later. Another method brings its own settings and rates: `target` is a whole configuration then. @throws where the path names no
 * field, or no method.
 */
export function setPath(target: object, path: string, text: string): void {
  if (currentPath(path) === "method.id") {
    Object.assign(target, withMethod(target as RunConfig, text));
    return;
  }
  const keys = currentPath(path).split(".");
  const last = keys.pop()!;
  let place = target as Record<string, unknown>;
  for (const key of keys) {
    const next = Object.hasOwn(place, key) ? place[key] : undefined;
    if (typeof next !== "object" || next === null)
      throw new Error(`${path}: the run file has no "${key}" that holds fields.`);
    place = next as Record<string, unknown>;
  }
  if (!Object.hasOwn(place, last) && !fieldOf(keys.join(".")))
    throw new Error(`${path}: unknown field "${last}"; known here: ${Object.keys(place).join(", ")}.`);
  const field = fieldOf([...keys, last].join("."));
  place[last] = field ? readFor(field, text) : readValue(text);
}

/** Text as the field means it; what does not fit is left to the validator. */
function readFor(field: DeclaredField, text: string): unknown {
  if (/^[[{]/.test(text)) return JSON.parse(text);
  switch (field.kind) {
    case "tasks":
      return listed(text);
    case "listed":
    case "choice":
      return text;
    case "number":
      return field.perTask && text.includes(":") ? byTask(text) : readValue(text);
    default:
      return readValue(text);
  }
}

const listed = (text: string): string[] => text.split(",").map((part) => part.trim());

/** "semseg:2,depth:0.5" */
const byTask = (text: string): object =>
  Object.fromEntries(listed(text).map((pair) => [pair.split(":")[0], readValue(pair.split(":")[1] ?? "")]));

/** "PATH=VALUE" in two. @throws where it is not that. */
export function cutSetting(option: string, item: string): readonly [path: string, value: string] {
  const cut = item.indexOf("=");
  if (cut < 1) throw new Error(`${option} ${item}: expected PATH=VALUE.`);
  return [item.slice(0, cut), item.slice(cut + 1)];
}

function readValue(text: string): unknown {
  if (/^[[{]/.test(text)) return JSON.parse(text);
  if (text.includes(",")) return listed(text);
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}
