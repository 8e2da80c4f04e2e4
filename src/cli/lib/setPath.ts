import { currentPath } from "../../contracts/runConfig";

/**
 * Sets a dotted path of a plain object. Numbers, booleans, lists ("qkv,proj") and JSON are read as such. Objects named "settings" take new
 * fields, since what they may hold is checked later. @throws where the path names no field.
 */
export function setPath(target: Record<string, unknown>, path: string, text: string): void {
  const keys = currentPath(path).split(".");
  const last = keys.pop()!;
  let place = target;
  for (const key of keys) {
    const next = Object.hasOwn(place, key) ? place[key] : undefined;
    if (typeof next !== "object" || next === null)
      throw new Error(`${path}: the run file has no "${key}" that holds fields.`);
    place = next as Record<string, unknown>;
  }
  if (!Object.hasOwn(place, last) && keys.at(-1) !== "settings")
    throw new Error(`${path}: unknown field "${last}"; known here: ${Object.keys(place).join(", ")}.`);
  place[last] = readValue(text);
}

function readValue(text: string): unknown {
  if (/^[[{]/.test(text)) return JSON.parse(text);
  if (text.includes(",")) return text.split(",").map((part) => part.trim());
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}
