/** Whether a value may stand in a field of the run configuration: by the field's declaration, and by what the catalogue lists. */
import * as v from "valibot";
import type { Catalogue } from "../../contracts/catalogue";
import { type DeclaredField, fieldList, fieldOf } from "../../contracts/fields";
import { bad, type Checked, checkControl, good } from "../../contracts/fields/control";
import type { List } from "../../contracts/fields/field";
import type { RunConfig, TaskId } from "../../contracts/runConfig";
import { settingsOf } from "./methodSettings";

function checkTasks(catalogue: Catalogue, config: RunConfig, value: unknown): Checked {
  const ids = typeof value === "string" ? value.split(",").filter(Boolean) : value;
  if (!Array.isArray(ids) || ids.length === 0) return bad("at least one task is needed");
  const known = [...catalogue.tasks, ...config.customTasks].map(({ id }) => id);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown !== undefined) return bad(`there is no task ${unknown}`);
  // The catalogue's order, so that a link with tasks in another order means the same run.
  return good(known.filter((id: TaskId) => ids.includes(id)));
}

/** What no control shows, or its JSON in a link. */
function checkObject({ schema }: DeclaredField, value: unknown): Checked {
  try {
    const { success, output, issues } = v.safeParse(schema, typeof value === "string" ? JSON.parse(value) : value);
    return success ? good(output) : bad(issues.map(({ message }) => message).join(" "));
  } catch {
    return bad("it is no JSON");
  }
}

const checkEntry = (entries: readonly { readonly id: string }[], value: unknown): Checked =>
  entries.some(({ id }) => id === value) ? good(value) : bad(`${value} is not in the catalogue`);

function listOf(catalogue: Catalogue, list: List): readonly { readonly id: string }[] {
  if (list !== "layouts") return catalogue[list];
  const layouts = catalogue.settings.find(({ path }) => path === "data.layout");
  return layouts?.kind === "choice" ? layouts.choices : [];
}

function checkDeclared(catalogue: Catalogue, config: RunConfig, field: DeclaredField, value: unknown): Checked {
  switch (field.kind) {
    case "tasks":
      return checkTasks(catalogue, config, value);
    case "object":
      return checkObject(field, value);
    case "listed":
      return checkEntry(listOf(catalogue, field.list), value);
    default: {
      const checked = checkControl(field, value);
      return checked.ok && field.perTask ? knownTasks(catalogue, config, checked.value as object) : checked;
    }
  }
}

function knownTasks(catalogue: Catalogue, config: RunConfig, byTask: object): Checked {
  const known = [...catalogue.tasks, ...config.customTasks].map(({ id }) => id);
  const strange = Object.keys(byTask).find((id) => !known.includes(id));
  return strange === undefined ? good(byTask) : bad(`there is no task ${strange}`);
}

/** Checks `value` (text from a link, or a control's value) for the field at `path` of a configuration. */
export function checkField(catalogue: Catalogue, config: RunConfig, path: string, value: unknown): Checked {
  const field = fieldOf(path);
  if (field) return checkDeclared(catalogue, config, field, value);
  const setting = settingsOf(catalogue, config).find((candidate) => candidate.path === path);
  return setting ? checkControl(setting, value) : bad("there is no such setting");
}

/** Before the others, since they say which others there are. */
const first = ["backbone", "data.source", "customTasks", "tasks", "method.id"];

/** Every path that a link may name, in its order: the method before what is its own. */
export function editablePaths(catalogue: Catalogue, config: RunConfig): string[] {
  const declared = fieldList.filter(({ unlinked }) => !unlinked).map(({ path }) => path);
  const own = settingsOf(catalogue, config).map(({ path }) => path);
  return [...new Set([...first, ...declared, ...own])].filter(
    (path) => own.includes(path) || !path.startsWith("method.unfreeze."),
  );
}
