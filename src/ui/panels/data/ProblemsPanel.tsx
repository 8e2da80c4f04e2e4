import { Download } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import type { FileNote } from "../../../contracts/sample";
import type { Survey } from "../../../contracts/survey";
import { surveyText } from "../../../contracts/surveyText";
import { useSlice } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatCount } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { saveFile } from "../../parts/saveFile";
import styles from "./data.module.css";
import type { Examined } from "./examined";
import { useWindow } from "./useWindow";

const ROW_PX = 42;

/** Every file that takes no part or is not as it must be, with the reason; thousands of them where need be. */
export function ProblemsPanel({ examined: { survey } }: { readonly examined: Examined }) {
  const reported = useSlice((state) => state.catalogue.opened?.report);
  const problems: readonly FileNote[] = survey?.problems ?? reported ?? [];
  const [wanted, setWanted] = useState("");
  const shown = useMemo(() => filterNotes(problems, wanted), [problems, wanted]);
  return (
    <Panel
      title="Problems"
      aside={problems.length === 0 ? "none" : counted(shown.length, problems.length)}
      tools={
        survey && (
          <span className={styles.answers}>
            <button type="button" className={controls.button} onClick={() => saveFile(...reportText(survey))}>
              <Download size={13} /> Save report
            </button>
            <button
              type="button"
              className={controls.button}
              title="All that was found, to be read by programs"
              onClick={() => saveFile(...reportJson(survey))}
            >
              JSON
            </button>
          </span>
        )
      }
    >
      {problems.length === 0 ? (
        <p className={controls.note}>
          {survey
            ? "Every file takes part and is as it must be."
            : "None so far; the files are not looked through yet."}
        </p>
      ) : (
        <div className={styles.stack}>
          <input
            type="search"
            className={controls.input}
            placeholder="Filter by name or reason"
            aria-label="Filter problems"
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
          />
          <Notes notes={shown} />
        </div>
      )}
    </Panel>
  );
}

/** "my streets/2024" → "my-streets-2024-survey" */
const reportName = ({ name }: Survey): string => `${name.replaceAll(/[^\p{L}\p{N}_-]+/gu, "-")}-survey`;

const reportText = (survey: Survey) =>
  [`${reportName(survey)}.txt`, new Blob([surveyText(survey)], { type: "text/plain" })] as const;
const reportJson = (survey: Survey) =>
  [`${reportName(survey)}.json`, new Blob([JSON.stringify(survey, null, 2)], { type: "application/json" })] as const;

const counted = (shown: number, all: number): string => {
  const files = `${formatCount(all)} ${all === 1 ? "file" : "files"}`;
  return shown === all ? files : `${formatCount(shown)} of ${files}`;
};

/** Notes that have every word in their path or reason. */
export function filterNotes(notes: readonly FileNote[], wanted: string): readonly FileNote[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return notes;
  return notes.filter(({ path, reason }) => {
    const text = `${path} ${reason}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Rows of one height; only those in sight are in the page. */
function Notes({ notes }: { readonly notes: readonly FileNote[] }) {
  const box = useRef<HTMLDivElement>(null);
  const { first, last } = useWindow(box, () => ({ count: notes.length, height: ROW_PX }), 4);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section ref={box} className={styles.notes} tabIndex={0} aria-label="Files with problems">
      <ul style={{ height: notes.length * ROW_PX }}>
        {notes.slice(first, last).map(({ path, reason }, i) => (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: a file may be named twice with the same reason.
            key={first + i}
            style={{ top: (first + i) * ROW_PX, height: ROW_PX }}
            title={`${path}\n${reason}`}
            aria-setsize={notes.length}
            aria-posinset={first + i + 1}
          >
            <code>{path}</code>
            <span>{reason}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
