import type { ImportReport } from "../../../contracts/importReport";
import controls from "../../parts/controls.module.css";
import { formatCount } from "../../parts/format";
import styles from "./weights.module.css";

interface Finding {
  readonly label: string;
  readonly help: string;
  readonly count: number;
  readonly tone: "good" | "plain" | "warn" | "bad";
  readonly groups: readonly Group[];
}

interface Group {
  /** What became of these names; empty where the finding says it all. */
  readonly what: string;
  readonly names: readonly string[];
}

const sum = (groups: readonly Group[]): number => groups.reduce((total, { names }) => total + names.length, 0);
const unless = (count: number, tone: Finding["tone"]): Finding["tone"] => (count > 0 ? tone : "plain");
const alone = (names: readonly string[]): readonly Group[] => [{ what: "", names }];

export function findingsOf(report: ImportReport): readonly Finding[] {
  const { matched, missing, unexpected, setAside, buffers, converted, mismatched } = report;
  const shapes = mismatched.map(({ name, found, wanted }) => `${name}: ${found} in the file, ${wanted} in the model`);
  return [
    { label: "matched", help: "Parameters that the file fills", count: matched, tone: "good", groups: [] },
    {
      label: "converted",
      help: "Of the matched: laid out anew, joined, resized or folded",
      count: sum(converted),
      tone: "plain",
      groups: converted,
    },
    {
      label: "missing",
      help: "Parameters that the file does not have",
      count: missing.length,
      tone: unless(missing.length, "bad"),
      groups: alone(missing),
    },
    {
      label: "mismatched",
      help: "Parameters whose shapes do not fit",
      count: mismatched.length,
      tone: unless(mismatched.length, "bad"),
      groups: alone(shapes),
    },
    {
      label: "unexpected",
      help: "Tensors that the model has no place for",
      count: unexpected.length,
      tone: unless(unexpected.length, "warn"),
      groups: alone(unexpected),
    },
    {
      label: "set aside",
      help: `Known and not needed here${buffers > 0 ? ` (beside ${formatCount(buffers)} masks and tables that are made anew)` : ""}`,
      count: sum(setAside),
      tone: "plain",
      groups: setAside,
    },
  ];
}

/** How many tensors found what place, and their names on demand. */
export function Findings({ report }: { readonly report: ImportReport }) {
  const findings = findingsOf(report);
  return (
    <>
      <dl className={styles.tiles}>
        {findings.map(({ label, help, count, tone }) => (
          <div key={label} data-tone={tone} title={help}>
            <dt>{label}</dt>
            <dd data-testid={`weights-${label.replace(" ", "-")}`}>{formatCount(count)}</dd>
          </div>
        ))}
      </dl>
      {findings
        .filter(({ groups, count }) => groups.length > 0 && count > 0)
        .map((finding) => (
          <Names key={finding.label} finding={finding} />
        ))}
    </>
  );
}

function Names({ finding: { label, help, count, groups } }: { readonly finding: Finding }) {
  return (
    <details className={controls.disclosure}>
      <summary>
        {formatCount(count)} {label}: {help.charAt(0).toLowerCase() + help.slice(1)}
      </summary>
      {groups.map(({ what, names }) => (
        <div key={what} className={styles.names}>
          {what && <p>{what}</p>}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
          <ul tabIndex={0} aria-label={what || label}>
            {names.map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
        </div>
      ))}
    </details>
  );
}
