/** The controls of a run's form: the declared fields that stand in one, with the choices that only the registries know. */
import type { Setting } from "../../../contracts/catalogue";
import { type DeclaredField, fieldList } from "../../../contracts/fields";
import type { Control, Entry } from "../../../contracts/fields/control";
import type { Field } from "../../../contracts/fields/field";
import { layouts } from "../../../data/layouts";

const layoutChoices: readonly Entry[] = [
  { id: "auto", label: "Recognised", help: "The first layout that the folders and files fit." },
  ...layouts.map(({ id, description }) => ({ id, label: id, help: description })),
];

/** null: what has a form of its own. */
function controlOf(field: Field): Control | null {
  switch (field.kind) {
    case "listed":
      return field.list === "layouts" ? { kind: "choice", choices: layoutChoices } : null;
    case "tasks":
    case "object":
      return null;
    default: {
      const { default: _, schema, optional, unlinked, ...control } = field;
      return control;
    }
  }
}

function settingOf(field: DeclaredField): readonly Setting[] {
  const { group, path, label, help, effect, advanced = false } = field;
  const control = group && controlOf(field);
  return control ? [{ ...control, group, path, label, help, effect, advanced }] : [];
}

export const settings: readonly Setting[] = fieldList.flatMap(settingOf);
