import { ChevronDown, ChevronRight, Pause, Play, Square } from "lucide-react";
import type { StudyKind } from "../../../contracts/run";
import { formatDuration } from "../../../figures/format";
import type { Study } from "../../../store/runs/runsSlice";
import { useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import styles from "./runs.module.css";
import type { TableGroup } from "./table";

const titles: Record<StudyKind, string> = {
  race: "Race",
  queue: "Queue",
  sweep: "Sweep",
  comparison: "Comparison",
  references: "Single-task references",
};

interface Props {
  readonly group: Extract<TableGroup, { kind: "study" }>;
  readonly columns: number;
  readonly open: boolean;
  readonly onFold: () => void;
}

/** The row over the runs of a study: how far it is, what it takes in all, and its buttons while it is on the page. */
export function StudyHead({ group: { study, variants }, columns, open, onFold }: Props) {
  const known = useSlice(({ runs }) => runs.studies.get(study));
  const runs = variants.flatMap((variant) => variant.runs);
  const kind = runs[0]?.entry.place?.kind ?? "queue";
  const seeds = Math.max(...variants.map((variant) => variant.runs.length));
  const about =
    kind === "race" ? `${variants.length} methods` : `${variants.length} ${variants.length === 1 ? "run" : "runs"}`;
  return (
    <tr className={styles.study} data-testid={`study-${study}`}>
      <th scope="rowgroup" colSpan={columns}>
        <span className={styles.studyLine}>
          <button type="button" className={styles.fold} aria-expanded={open} onClick={onFold}>
            {open ? <ChevronDown size={15} /> : <ChevronRight size={15} />}
            <b>{titles[kind]}</b>
          </button>
          <span className={controls.note}>
            {about}
            {seeds > 1 && `, ${seeds} seeds`}
            {known && `, ${courseOf(known)}`}
          </span>
          {known && known.group < known.groups.length && <StudyButtons study={known} />}
        </span>
      </th>
    </tr>
  );
}

function courseOf({ kind, group, groups, estimateMs }: Study): string {
  if (group >= groups.length) return "ended";
  const part = kind === "race" ? "seed" : "run";
  const all = estimateMs === undefined ? "" : `, about ${formatDuration(estimateMs)} in all`;
  return `${part} ${group + 1} of ${groups.length}${all}`;
}

function StudyButtons({ study: { study, groups, group } }: { readonly study: Study }) {
  const { session } = useStudio();
  const state = useSlice(({ runs }) => runs.byId.get(groups[group]?.[0] ?? "")?.run.state ?? "idle");
  const running = state === "running" || state === "evaluating";
  return (
    <span className={styles.studyButtons}>
      <button
        type="button"
        className={controls.primary}
        disabled={state === "preparing" || state === "idle"}
        onClick={() => (running ? session.pauseStudy(study) : session.startStudy(study))}
      >
        {running ? <Pause size={13} fill="currentColor" /> : <Play size={13} fill="currentColor" />}
        {state === "preparing" || state === "idle" ? "Preparing…" : running ? "Pause study" : "Start study"}
      </button>
      <button type="button" className={controls.button} onClick={() => session.endStudy(study)}>
        <Square size={12} />
        End
      </button>
    </span>
  );
}
