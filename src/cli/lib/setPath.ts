/** Sets a dotted path of a plain object; numbers and booleans are read as such. @throws where the path names no field. */
export function setPath(target: Record<string, unknown>, path: string, text: string): void {
  const keys = path.split(".");
  const last = keys.pop()!;
  let place = target;
  for (const key of keys) {
    const next = place[key];
    if (typeof next !== "object" || next === null)
      throw new Error(`${path}: the run file has no "${key}" that holds fields.`);
    place = next as Record<string, unknown>;
  }
  if (!(last in place))
    throw new Error(`${path}: unknown field "${last}"; known here: ${Object.keys(place).join(", ")}.`);
  const isNumber = text !== "" && Number.isFinite(Number(text));
  place[last] = text === "true" ? true : text === "false" ? false : isNumber ? Number(text) : text;
}
