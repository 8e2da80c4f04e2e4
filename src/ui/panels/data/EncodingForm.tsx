import { useEffect, useState } from "react";
import type { LabelEncoding } from "../../../contracts/labelEncoding";
import type { LabelFormat } from "../../../contracts/labelFormat";
import type { TaskId } from "../../../contracts/runConfig";
import { useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { Choice } from "../setup/Field";
import { NumberInput } from "../setup/NumberInput";
import { Row } from "../setup/rows";
import { readColours, readNumbers, readRange, withKey, writeColours, writeNumbers } from "./encoding";
import styles from "./labels.module.css";

interface Props {
  readonly task: TaskId;
  readonly kind: LabelFormat["kind"];
  /** What a person set; what is absent is read as the layout has it. */
  readonly reading: LabelEncoding;
}

/** A task's reading by hand. */
export function EncodingForm({ task, kind, reading }: Props) {
  const { store } = useStudio();
  const set = (next: LabelEncoding): void => store.setEncoding(task, next);
  const keys = Object.keys(reading).length;
  return (
    <details className={controls.disclosure}>
      <summary>Read the values otherwise{keys > 0 ? ` (${keys} set)` : ""}</summary>
      <div className={styles.form}>
        <Row
          label="No label"
          help="Values of the files that mark pixels without a label, such as 255 or 0, 255. Empty: as the layout has it."
        >
          {(id) => (
            <ListInput
              id={id}
              value={reading.ignore}
              read={readNumbers}
              write={writeNumbers}
              onSet={(ignore) => set(withKey(reading, "ignore", ignore))}
            />
          )}
        </Row>
        {kind === "classes" && <ClassFields reading={reading} onSet={set} />}
        {kind === "depth" && <Unit reading={reading} onSet={set} />}
        {(kind === "unit" || kind === "binary") && <Range kind={kind} reading={reading} onSet={set} />}
        {kind === "unit" && <Signs reading={reading} onSet={set} />}
        {keys > 0 && (
          <button type="button" className={controls.plain} onClick={() => set({})}>
            As the layout has it
          </button>
        )}
      </div>
    </details>
  );
}

interface FieldsProps {
  readonly reading: LabelEncoding;
  readonly onSet: (reading: LabelEncoding) => void;
}

function ClassFields({ reading, onSet }: FieldsProps) {
  return (
    <>
      <Row label="Shift" help="Added to every value to give the class: −1 where the files count from 1.">
        {(id) => (
          <NumberInput
            id={id}
            value={reading.shift ?? 0}
            min={-255}
            max={255}
            integer
            onCommit={(shift) => onSet(withKey(reading, "shift", shift === 0 ? undefined : shift))}
          />
        )}
      </Row>
      <Row
        label="Class map"
        help="The class of value 0, of value 1, of value 2 and so on, as numbers in a row; 255 for no label. What is beyond the row has no label. Empty: every value is its own class."
      >
        {(id) => (
          <ListInput
            id={id}
            value={reading.classMap}
            read={readNumbers}
            write={writeNumbers}
            onSet={(classMap) => onSet(withKey(reading, "classMap", classMap))}
          />
        )}
      </Row>
      <Row
        label="Colours"
        help="Of files that show classes as colours: the colour of class 0, of class 1 and so on, such as #000000 #800000. Other colours have no label."
      >
        {(id) => (
          <ListInput
            id={id}
            value={reading.colours}
            read={readColours}
            write={writeColours}
            onSet={(colours) => onSet(withKey(reading, "colours", colours))}
          />
        )}
      </Row>
    </>
  );
}

const units = [
  { id: "", label: "As the files' kind says", help: "Millimetres for whole numbers, metres for fractions" },
  { id: "0.001", label: "Millimetres", help: "1000 is a metre" },
  { id: "0.01", label: "Centimetres", help: "100 is a metre" },
  { id: "1", label: "Metres", help: "1 is a metre" },
  { id: "other", label: "Another scale", help: "Metres per unit of the file" },
];

function Unit({ reading, onSet }: FieldsProps) {
  const { scale } = reading;
  const common = units.some(({ id }) => id === String(scale ?? ""));
  const [other, setOther] = useState(!common);
  const choose = (id: string): void => {
    setOther(id === "other");
    if (id !== "other") onSet(withKey(reading, "scale", id === "" ? undefined : Number(id)));
  };
  return (
    <>
      <Row label="Unit" help="What one unit of the depth files is.">
        {(id) => <Choice id={id} entries={units} value={other ? "other" : String(scale ?? "")} onSet={choose} />}
      </Row>
      {other && (
        <Row label="Metres per unit" help="A depth of 1 in the file is so many metres.">
          {(id) => (
            <NumberInput
              id={id}
              value={scale ?? 0.001}
              min={1e-9}
              max={1e6}
              integer={false}
              onCommit={(next) => onSet(withKey(reading, "scale", next))}
            />
          )}
        </Row>
      )}
    </>
  );
}

const ranges = {
  unit: { label: "Values of −1 and 1", help: "What a component of −1 and one of 1 are in the file, such as 0, 255." },
  binary: { label: "Values of no and yes", help: "What no and yes are in the file, such as 0, 1 or 255, 0." },
} as const;

function Range({ kind, reading, onSet }: FieldsProps & { readonly kind: keyof typeof ranges }) {
  return (
    <Row {...ranges[kind]}>
      {(id) => (
        <ListInput
          id={id}
          value={reading.range}
          read={readRange}
          write={writeNumbers}
          onSet={(range) => onSet(withKey(reading, "range", range))}
        />
      )}
    </Row>
  );
}

const axes = ["x", "y", "z"] as const;

function Signs({ reading, onSet }: FieldsProps) {
  const signs = reading.signs ?? [1, 1, 1];
  const turn = (i: number): void => {
    const next = signs.map((sign, j) => (i === j ? -sign : sign)) as unknown as NonNullable<LabelEncoding["signs"]>;
    onSet(withKey(reading, "signs", next.every((sign) => sign === 1) ? undefined : next));
  };
  return (
    <Row label="Axes turned" help="Axes of the normals that point the other way than x right, y up, z to the viewer.">
      {(id) => (
        <span id={id} className={styles.axes}>
          {axes.map((axis, i) => (
            <label key={axis}>
              <input type="checkbox" className={controls.check} checked={signs[i] === -1} onChange={() => turn(i)} />
              {axis}
            </label>
          ))}
        </span>
      )}
    </Row>
  );
}

interface ListProps<T> {
  readonly id: string;
  readonly value: T | undefined;
  /** undefined for nothing, null for what is no such list. */
  readonly read: (text: string) => T | undefined | null;
  readonly write: (value: T) => string;
  readonly onSet: (value: T | undefined) => void;
}

/** A list in one field: taken on Enter or when the field is left; what is no list is marked and not taken. */
function ListInput<T>({ id, value, read, write, onSet }: ListProps<T>) {
  const written = value === undefined ? "" : write(value);
  const [text, setText] = useState(written);
  useEffect(() => setText(written), [written]);
  const list = read(text);
  const commit = (): void => {
    if (list !== null && text.trim() !== written) onSet(list);
  };
  return (
    <input
      id={id}
      className={controls.input}
      autoComplete="off"
      placeholder="as the layout has it"
      value={text}
      aria-invalid={list === null}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => event.key === "Enter" && commit()}
    />
  );
}
