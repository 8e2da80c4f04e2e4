import { ChevronDown, ChevronRight, Pin } from "lucide-react";
import type { TaskEntry } from "../../../contracts/catalogue";
import type { Spread } from "../../../store/runs/seedStatistics";
import { useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatCount, formatMetric } from "../../parts/format";
import type { RunList } from "./model";
import { Action, deltaText, toneOf } from "./RunRow";
import styles from "./runs.module.css";
import type { VariantRow } from "./table";

interface Props {
  readonly variant: VariantRow;
  readonly list: RunList;
  readonly open: boolean;
  readonly onFold: () => void;
}

/** Several seeds of one configuration: mean ± standard deviation of those that are complete. */
export function VariantLine({ variant, list, open, onFold }: Props) {
  const { store, session } = useStudio();
  const { runs, name, delta, metrics, verdict } = variant;
  const ids = runs.map(({ entry }) => entry.id);
  const complete = runs.filter(({ entry }) => entry.run.state === "finished").length;
  const active = runs.find(({ entry }) => entry.run.state === "running");
  const trained = runs.find((run) => run.trained)?.trained;
  const pinned = runs.every((run) => run.pinned);
  const all = runs.every(({ ticked }) => ticked);
  return (
    <tr className={styles.variant} data-testid={`variant-${name}`}>
      <th scope="row" className={styles.named}>
        <span className={styles.who} style={{ paddingLeft: 18 }}>
          <input
            type="checkbox"
            className={controls.check}
            aria-label={`Draw ${name}, all seeds`}
            checked={all}
            onChange={() => {
              for (const id of ids) session.tickRun(id, !all);
            }}
          />
          <span className={styles.dot} style={{ background: variant.colour }} aria-hidden="true" />
          <button type="button" className={styles.fold} aria-expanded={open} onClick={onFold}>
            {open ? <ChevronDown size={14} /> : <ChevronRight size={14} />}
            <span>{name}</span>
          </button>
          {pinned && <Pin size={13} aria-label="reference" />}
        </span>
      </th>
      <td className={styles.state}>
        {`n = ${complete}`}
        <small>{active ? `now step ${active.entry.run.step}` : `of ${runs.length} seeds`}</small>
      </td>
      {list.tasks.map((task) => (
        <td key={task.id}>
          <SpreadText task={task} spread={metrics.get(task.id)} />
        </td>
      ))}
      <td className={toneOf(delta?.mean)}>
        {deltaText(delta?.mean, pinned)}
        <small>
          {delta && delta.n > 1 && `± ${delta.sd.toFixed(1)}`}
          {verdict && complete > 0 && <span className={styles.verdict}>{verdict}</span>}
        </small>
      </td>
      <td>
        {trained ? formatCount(trained.backbone) : "–"}
        {trained && <small>/ {formatCount(trained.decoders)}</small>}
      </td>
      <td />
      <td className={styles.note} />
      <td>
        <span className={styles.actions}>
          <Action
            label={pinned ? `Unpin ${name}` : `Pin ${name} as reference`}
            pressed={pinned}
            disabled={metrics.size === 0}
            onPress={() => store.pinRuns(pinned ? [] : ids)}
          >
            <Pin size={15} />
          </Action>
        </span>
      </td>
    </tr>
  );
}

function SpreadText({ task, spread }: { readonly task: TaskEntry; readonly spread: Spread | undefined }) {
  if (!spread) return <>–</>;
  const sd = formatMetric({ ...task, unit: "" }, spread.sd, spread.mean).replace(" %", "");
  return (
    <>
      {formatMetric(task, spread.mean)}
      {spread.n > 1 && <small>± {sd}</small>}
    </>
  );
}
