import { Download, Eye, GitBranch, Pin, Play, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import type { RunState } from "../../../contracts/runEvent";
import { formatDuration } from "../../../figures/format";
import { lastMetrics } from "../../../store/runs/runEntry";
import { useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatCount, formatDate, formatMetric } from "../../parts/format";
import { InlineText } from "../../parts/InlineText";
import type { ListedRun, RowActions, RunList } from "./model";
import styles from "./runs.module.css";
import { timeMs } from "./table";

const names: Record<RunState, string> = {
  idle: "Waits",
  preparing: "Preparing",
  ready: "Ready",
  running: "Training",
  paused: "Paused",
  evaluating: "Evaluating",
  finished: "Finished",
  failed: "Failed",
};

interface Props extends RowActions {
  readonly run: ListedRun;
  readonly list: RunList;
  /** How far it stands inside of a study. */
  readonly depth?: number;
}

export function RunRow({ run, list, depth = 0, onBranch, onExport }: Props) {
  const { session } = useStudio();
  const { entry, name } = run;
  const metrics = lastMetrics(entry);
  return (
    <tr data-testid={`run-${entry.id}`} data-state={entry.run.state}>
      <th scope="row" className={styles.named}>
        <span className={styles.who} style={{ paddingLeft: 18 * depth }}>
          <input
            type="checkbox"
            className={controls.check}
            aria-label={`Draw ${name}`}
            checked={run.ticked}
            onChange={(event) => session.tickRun(entry.id, event.currentTarget.checked)}
          />
          <span className={styles.dot} style={{ background: run.colour }} aria-hidden="true" />
          <InlineText
            label="Name"
            value={name}
            placeholder={name}
            onCommit={(text) => session.rename(entry.id, text, entry.note)}
          />
          {run.pinned && <Pin size={13} aria-label="reference" />}
        </span>
      </th>
      <td className={styles.state}>
        <span data-state={entry.run.state}>{names[entry.run.state]}</span>
        <small>
          {entry.run.step} of {entry.config.training.steps}
        </small>
      </td>
      {list.tasks.map((task) => (
        <td key={task.id}>{formatMetric(task, metrics[task.id]?.[task.metric])}</td>
      ))}
      <td className={toneOf(run.delta)} data-testid={`delta-${entry.id}`}>
        {deltaText(run.delta, run.pinned)}
      </td>
      <td>
        <TrainedText run={run} />
      </td>
      <td title={entry.created > 0 ? `Begun ${formatDate(entry.created)}` : undefined}>
        {timeMs(run) === undefined ? "–" : formatDuration(timeMs(run)!)}
      </td>
      <td className={styles.note}>
        <InlineText
          label={`Note of ${name}`}
          value={entry.note}
          placeholder="add a note"
          onCommit={(text) => session.rename(entry.id, entry.name, text)}
        />
      </td>
      <td>
        <Actions run={run} onBranch={() => onBranch(run)} onExport={() => onExport(run)} />
      </td>
    </tr>
  );
}

function TrainedText({ run: { trained } }: { readonly run: ListedRun }) {
  if (!trained) return <>–</>;
  return (
    <>
      {formatCount(trained.backbone)}
      <small>/ {formatCount(trained.decoders)}</small>
    </>
  );
}

interface ActionsProps {
  readonly run: ListedRun;
  readonly onBranch: () => void;
  readonly onExport: () => void;
}

function Actions({ run: { entry, name, pinned }, onBranch, onExport }: ActionsProps) {
  const { store, session } = useStudio();
  const { step, state } = entry.run;
  const current = useSlice(({ runs }) => runs.current === entry.id);
  const goesOn = step > 0 && step < entry.config.training.steps && (state === "paused" || state === "failed");
  return (
    <span className={styles.actions}>
      <Action label={`Show ${name} in Train`} disabled={current} onPress={() => session.showRun(entry.id)}>
        <Eye size={15} />
      </Action>
      <Action label={`Resume ${name}`} disabled={!goesOn} onPress={() => session.resume(entry.id)}>
        <Play size={14} />
      </Action>
      <Action label={`Branch from ${name}`} disabled={step === 0} onPress={onBranch}>
        <GitBranch size={15} />
      </Action>
      <Action label={`Export ${name}`} disabled={step === 0} onPress={onExport}>
        <Download size={15} />
      </Action>
      <Action
        label={pinned ? `Unpin ${name}` : `Pin ${name} as reference`}
        pressed={pinned}
        disabled={Object.keys(lastMetrics(entry)).length === 0}
        onPress={() => store.pinRuns(pinned ? [] : [entry.id])}
      >
        <Pin size={15} />
      </Action>
      <Action label={`Delete ${name}`} onPress={() => session.removeRuns([entry.id])}>
        <Trash2 size={15} />
      </Action>
    </span>
  );
}

interface ActionProps {
  readonly label: string;
  readonly disabled?: boolean;
  readonly pressed?: boolean;
  readonly onPress: () => void;
  readonly children: ReactNode;
}

export function Action({ label, disabled = false, pressed, onPress, children }: ActionProps) {
  return (
    <button
      type="button"
      className={styles.action}
      aria-label={label}
      aria-pressed={pressed}
      title={label}
      disabled={disabled}
      onClick={onPress}
    >
      {children}
    </button>
  );
}

export const toneOf = (delta: number | undefined): string | undefined =>
  delta === undefined || Math.abs(delta) < 0.05 ? undefined : delta > 0 ? styles.good : styles.bad;

export const signed = (delta: number): string =>
  Math.abs(delta) < 0.05 ? "0.0" : `${delta > 0 ? "+" : "−"}${Math.abs(delta).toFixed(1)}`;

export function deltaText(delta: number | undefined, pinned: boolean): string {
  if (delta === undefined) return "–";
  return pinned && Math.abs(delta) < 0.05 ? "reference" : `${signed(delta)} %`;
}
