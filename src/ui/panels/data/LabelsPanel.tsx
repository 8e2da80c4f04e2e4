import { Check, TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { Guess, TaskSurvey } from "../../../contracts/survey";
import { isFollowed } from "../../../store/data/draft";
import { Swatch } from "../../parts/chips";
import { streamColour } from "../../parts/colours";
import { useCatalogue, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatCount } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { EncodingForm } from "./EncodingForm";
import { kindOf, knownEncoding } from "./encoding";
import type { Examined } from "./examined";
import { HistogramView } from "./HistogramView";
import styles from "./labels.module.css";

/** What the label files of each task hold, what is probably meant, and how they are read. */
export function LabelsPanel({ examined }: { readonly examined: Examined }) {
  const { survey, labelled } = examined;
  const running = useSlice((state) => state.data.survey.running);
  if (!survey)
    return (
      <Panel title="Labels">
        <p className={controls.note}>
          {running ? "What the label files hold is told when they are looked through." : "Not looked through."}
        </p>
      </Panel>
    );
  const doubts = survey.tasks.filter(hasDoubt).length;
  return (
    <Panel
      title="Labels"
      aside={
        running
          ? "looked through anew…"
          : doubts > 0
            ? `${doubts} of ${survey.tasks.length} to decide`
            : "nothing in doubt"
      }
    >
      {labelled.length === 0 && <p className={controls.note}>No folder of labels belongs to a task.</p>}
      <div className={styles.cards} aria-busy={running}>
        {survey.tasks.map((task, i) => (
          <TaskCard key={task.task} task={task} examined={examined} first={i === 0} />
        ))}
      </div>
    </Panel>
  );
}

const hasDoubt = ({ guesses }: TaskSurvey): boolean => guesses.some(({ doubtful, inForce }) => doubtful && !inForce);

interface CardProps {
  readonly task: TaskSurvey;
  readonly examined: Examined;
  readonly first: boolean;
}

function TaskCard({ task, examined, first }: CardProps) {
  const catalogue = useCatalogue();
  const label = catalogue?.tasks.find(({ id }) => id === task.task)?.label ?? task.task;
  const set = examined.data.labelEncodings[task.task] ?? {};
  const doubt = hasDoubt(task);
  // It stays as a person left it when the doubt is gone.
  const [open, setOpen] = useState(first || doubt);
  return (
    <details
      className={styles.card}
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      data-testid={`labels-${task.task}`}
    >
      <summary>
        <Swatch colour={streamColour(catalogue, task.task)} />
        <b>{label}</b>
        {doubt && <TriangleAlert size={14} aria-label="in doubt" />}
        <span>{percent(task.unlabelled)} unlabelled</span>
      </summary>
      <p className={controls.note}>
        {task.content.map(({ what, files }) => `${formatCount(files)} × ${what}`).join(", ")}
      </p>
      <HistogramView histogram={task.histogram} names={task.classes} reading={knownEncoding(task, set)} label={label} />
      {task.guesses.length > 0 && (
        <ul className={styles.guesses}>
          {task.guesses.map((guess) => (
            <GuessRow key={guess.id} guess={guess} task={task} examined={examined} />
          ))}
        </ul>
      )}
      <EncodingForm task={task.task} kind={kindOf(task.task, examined.config.customTasks)} reading={set} />
    </details>
  );
}

/** "0.4 %"; what is there is never 0 %. */
function percent(share: number): string {
  const value = 100 * share;
  if (value > 0 && value < 0.1) return "under 0.1 %";
  return `${value.toFixed(value < 10 ? 1 : 0)} %`;
}

interface GuessProps {
  readonly guess: Guess;
  readonly task: TaskSurvey;
  readonly examined: Examined;
}

function GuessRow({ guess, task, examined }: GuessProps) {
  const { store } = useStudio();
  const followed = isFollowed(examined.draft, task.task, guess);
  const doubtful = guess.doubtful === true && !followed && !guess.inForce;
  return (
    <li data-doubtful={doubtful} data-followed={followed || guess.inForce}>
      {doubtful && <TriangleAlert size={14} />}
      {(followed || guess.inForce) && <Check size={14} />}
      <span>{guess.text}</span>
      {followed ? (
        <span className={styles.answer}>
          <em>applied</em>
          <button type="button" className={controls.plain} onClick={() => store.undoGuess(task.task, guess)}>
            Undo
          </button>
        </span>
      ) : guess.inForce ? (
        <em>in force</em>
      ) : (
        Object.keys(guess.reading).length > 0 && (
          <button type="button" className={controls.button} onClick={() => store.followGuess(task.task, guess)}>
            Apply
          </button>
        )
      )}
    </li>
  );
}
