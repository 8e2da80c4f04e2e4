import { Plus, Trash2 } from "lucide-react";
import type { DataEntry, Entry, TaskKindEntry } from "../../../contracts/catalogue";
import type { CustomTask, TaskKind } from "../../../contracts/customTask";
import type { TaskId } from "../../../contracts/runConfig";
import { taskForFolder, withKind } from "../../../store/setup/ownTasks";
import { useCatalogue, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { NumberInput } from "./NumberInput";
import { Pick, Row, TextInput } from "./rows";
import styles from "./setup.module.css";

const none: readonly CustomTask[] = [];

interface Props {
  /** Data that is looked at and not used yet; the set-up's where it is absent. */
  readonly examined?: { readonly entry: DataEntry; readonly tasks: readonly TaskId[] };
}

/** Tasks that the user defines for label folders that no built-in task has. Absent where the data has no such folder. */
export function OwnTasks({ examined }: Props) {
  const { store } = useStudio();
  const catalogue = useCatalogue();
  const own = useSlice((state) => state.setup.config?.customTasks) ?? none;
  const chosen = useSlice((state) => state.setup.config?.tasks) ?? [];
  const source = useSlice((state) => state.setup.config?.data.source);
  const used = catalogue?.data.find(({ id }) => id === source);
  const folders = (examined?.entry ?? used)?.folders ?? [];
  if (!catalogue || (folders.length === 0 && own.length === 0)) return null;
  const free = folders.filter(({ name }) => !own.some(({ id }) => id === name));
  const define = (tasks: readonly CustomTask[]): void => store.setField("customTasks", tasks);
  const add = (task: CustomTask): void => {
    define([...own, task]);
    if (examined) store.editTasks([...examined.tasks, task.id]);
    else store.setField("tasks", [...chosen, task.id]);
  };
  return (
    <section className={styles.group} aria-label="Your own tasks">
      <h3>Your own tasks</h3>
      {own.map((task, i) => (
        <details key={task.id} className={controls.disclosure}>
          <summary>
            {task.label} <span className={styles.unit}>{task.id}/</span>
          </summary>
          <div className={styles.advanced}>
            <TaskFields task={task} onSet={(next) => define(own.with(i, next))} />
            <button
              type="button"
              className={controls.plain}
              aria-label={`Remove ${task.label}`}
              onClick={() => define(own.toSpliced(i, 1))}
            >
              <Trash2 size={13} /> Remove
            </button>
          </div>
        </details>
      ))}
      {free.map((folder) => {
        const task = taskForFolder(catalogue, folder);
        return task ? (
          <button
            key={folder.name}
            type="button"
            className={controls.plain}
            title={`${folder.files} files: ${folder.content}`}
            onClick={() => add(task)}
          >
            <Plus size={13} /> Define a task for {folder.name}/
          </button>
        ) : null;
      })}
    </section>
  );
}

interface FieldsProps {
  readonly task: CustomTask;
  readonly onSet: (task: CustomTask) => void;
}

function TaskFields({ task, onSet }: FieldsProps) {
  const catalogue = useCatalogue();
  const kind = catalogue?.taskKinds.find(({ id }) => id === task.kind);
  if (!catalogue || !kind) return null;
  // The lists are the kind's own, so what is chosen fits it.
  const set = (change: object): void => onSet({ ...task, ...change } as CustomTask);
  return (
    <>
      <Row label="Name" help="What the task is called in charts and tables.">
        {(id) => <TextInput id={id} value={task.label} onCommit={(label) => set({ label })} />}
      </Row>
      <Pick
        label="Labels"
        entries={catalogue.taskKinds}
        value={task.kind}
        onSet={(next) => onSet(withKind(catalogue, task, next as TaskKind) ?? task)}
      />
      <KindFields task={task} onSet={set} />
      <Judged kind={kind} task={task} onSet={set} />
      <Row label="Weight" help="Weight λ of this task's loss in the total.">
        {(id) => (
          <NumberInput
            id={id}
            value={task.weight}
            min={0}
            max={1000}
            integer={false}
            onCommit={(weight) => set({ weight })}
          />
        )}
      </Row>
    </>
  );
}

interface ChangeProps {
  readonly task: CustomTask;
  readonly onSet: (change: object) => void;
}

function Judged({ kind, task, onSet }: ChangeProps & { readonly kind: TaskKindEntry }) {
  return (
    <>
      <Pick label="Loss" entries={kind.losses} value={task.loss} onSet={(loss) => onSet({ loss })} />
      <Pick label="Metric" entries={kind.metrics} value={task.metric} onSet={(metric) => onSet({ metric })} />
      <Pick label="Colours" entries={kind.colours} value={task.colours} onSet={(colours) => onSet({ colours })} />
    </>
  );
}

const channelChoices: readonly Entry[] = ["1", "2", "3"].map((id) => ({
  id,
  label: id,
  help: "How many of the file's channels are read, from the first.",
}));
const LARGEST = 1e6;

/** What only labels of one kind have. */
function KindFields({ task, onSet }: ChangeProps) {
  if (task.kind === "classes")
    return (
      <Row label="Classes" help="How many classes there are; the files hold indices from 0, and 255 for none.">
        {(id) => (
          <NumberInput
            id={id}
            value={task.classes}
            min={2}
            max={255}
            integer
            onCommit={(classes) => onSet({ classes })}
          />
        )}
      </Row>
    );
  if (task.kind === "binary") return null;
  const flip = (
    <Row
      label={task.kind === "unit" ? "Flip changes x" : "Flip changes sign"}
      help="Whether a horizontal flip of the image changes the sign of the first channel."
    >
      {(id) => (
        <input
          id={id}
          type="checkbox"
          className={controls.check}
          checked={task.flipX}
          onChange={(event) => onSet({ flipX: event.currentTarget.checked })}
        />
      )}
    </Row>
  );
  if (task.kind === "unit") return flip;
  return (
    <>
      <Pick
        label="Channels"
        entries={channelChoices}
        value={String(task.channels)}
        onSet={(channels) => onSet({ channels: Number(channels) })}
      />
      <Row label="Scale" help="A label is the number in the file times this, plus the offset.">
        {(id) => (
          <NumberInput
            id={id}
            value={task.scale}
            min={-LARGEST}
            max={LARGEST}
            integer={false}
            onCommit={(scale) => onSet({ scale })}
          />
        )}
      </Row>
      <Row label="Offset" help="Added to the number in the file times the scale.">
        {(id) => (
          <NumberInput
            id={id}
            value={task.offset}
            min={-LARGEST}
            max={LARGEST}
            integer={false}
            onCommit={(offset) => onSet({ offset })}
          />
        )}
      </Row>
      <Row label="No label" help="The number in the file that marks a pixel without label; empty: every pixel has one.">
        {(id) => <Unlabelled id={id} value={task.unlabelled} onSet={onSet} />}
      </Row>
      {flip}
    </>
  );
}

function Unlabelled({ id, value, onSet }: { id: string; value: number | undefined; onSet: (change: object) => void }) {
  const take = (text: string): void => {
    const number = Number(text);
    if (text.trim() === "") onSet({ unlabelled: undefined });
    else if (Number.isInteger(number) && number >= 0 && number <= 65535) onSet({ unlabelled: number });
  };
  return <TextInput id={id} value={value === undefined ? "" : String(value)} empty onCommit={take} />;
}
