import { ChevronDown } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";
import { type MethodEntry, methodFamilies } from "../../../contracts/catalogue";
import { useCatalogue, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import styles from "./methods.module.css";

/** Every word that was typed stands somewhere in what is said of the method. */
function matches({ id, label, help, source, family }: MethodEntry, search: string): boolean {
  const text = `${id} ${label} ${help} ${source} ${family}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The method with what it does and where it was published; a press opens all of them, by family, with a search. */
export function MethodPicker() {
  const sheetId = useId();
  const { store } = useStudio();
  const catalogue = useCatalogue();
  const id = useSlice((state) => state.setup.config?.method.id);
  const [open, setOpen] = useState(false);
  const method = catalogue?.methods.find((entry) => entry.id === id);
  return (
    <div className={styles.picker}>
      <button
        type="button"
        className={styles.chosen}
        aria-label={`Method: ${method?.label ?? "none"}`}
        aria-expanded={open}
        aria-controls={sheetId}
        onClick={() => setOpen(!open)}
      >
        <b>{method?.label}</b>
        <small aria-hidden="true">{method?.source}</small>
        <ChevronDown size={14} />
      </button>
      <div id={sheetId} hidden={!open}>
        {open && (
          <Sheet
            methods={catalogue?.methods ?? []}
            chosen={id}
            onChoose={(next) => store.setField("method.id", next)}
            onClose={() => setOpen(false)}
          />
        )}
      </div>
      {!open && <p className={controls.note}>{method?.help}</p>}
    </div>
  );
}

interface SheetProps {
  readonly methods: readonly MethodEntry[];
  readonly chosen: string | undefined;
  readonly onChoose: (id: string) => void;
  readonly onClose: () => void;
}

function Sheet({ methods, chosen, onChoose, onClose }: SheetProps) {
  const [search, setSearch] = useState("");
  const found = methods.filter((method) => matches(method, search.trim()));
  const keys = (event: KeyboardEvent): void => {
    if (event.key === "Escape") onClose();
    if (event.key !== "Enter" || !found[0]) return;
    onChoose(found[0].id);
    onClose();
  };
  return (
    <fieldset className={styles.sheet} aria-label="Methods">
      <input
        type="search"
        className={controls.input}
        placeholder={`Search ${methods.length} methods`}
        aria-label="Search methods"
        // biome-ignore lint/a11y/noAutofocus: the sheet was opened to choose from; typing narrows it at once.
        autoFocus
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        onKeyDown={keys}
      />
      {methodFamilies.map((family) => (
        <Family
          key={family}
          name={family}
          methods={found.filter((method) => method.family === family)}
          chosen={chosen}
          onChoose={onChoose}
        />
      ))}
      {found.length === 0 && <p className={controls.note}>No method is described by these words.</p>}
      <button type="button" className={controls.plain} onClick={onClose}>
        Done
      </button>
    </fieldset>
  );
}

interface FamilyProps extends Pick<SheetProps, "methods" | "chosen" | "onChoose"> {
  readonly name: string;
}

function Family({ name, methods, chosen, onChoose }: FamilyProps) {
  if (methods.length === 0) return null;
  return (
    <div role="radiogroup" aria-label={name}>
      <h4>{name}</h4>
      {methods.map(({ id, label, help, source }) => (
        <label key={id} className={styles.method} data-chosen={id === chosen}>
          <input type="radio" name="method" value={id} checked={id === chosen} onChange={() => onChoose(id)} />
          <b>{label}</b>
          <small>{source}</small>
          <span>{help}</span>
        </label>
      ))}
    </div>
  );
}
