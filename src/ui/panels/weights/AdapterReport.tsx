import { CircleCheck, TriangleAlert } from "lucide-react";
import type { AdapterReport as Report } from "../../../contracts/adapterReport";
import { useCatalogue, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { Dialog } from "../../parts/Dialog";
import { formatCount } from "../../parts/format";
import { ReportAnswers } from "./ReportAnswers";
import styles from "./weights.module.css";

/** What an exported adapter turned out to be, before a run is set up from it. */
export function AdapterReport() {
  const { store } = useStudio();
  const { report, asking } = useSlice((state) => state.adapter);
  return (
    <Dialog
      title={report ? `Adapter: ${report.ref.name}` : "Adapter"}
      open={asking && report !== null}
      wide
      onClose={() => store.showAdapter(false)}
    >
      {report && (
        <div className={styles.report}>
          <Verdict report={report} />
          <Facts report={report} />
          <Answers usable={report.problem === ""} />
        </div>
      )}
    </Dialog>
  );
}

function Verdict({ report: { problem, found } }: { readonly report: Report }) {
  const good = problem === "";
  return (
    <p className={styles.verdict} data-good={good} data-testid="adapter-verdict">
      {good ? <CircleCheck size={16} /> : <TriangleAlert size={16} />}
      {good ? `It belongs to the backbone that is here: ${found?.label}.` : problem}
    </p>
  );
}

/** "sharedCells" → "shared cells" */
const spaced = (name: string): string => name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);

function Facts({ report: { ref, config, numbers, base, found } }: { readonly report: Report }) {
  const catalogue = useCatalogue();
  const labelOf = (entries: readonly { readonly id: string; readonly label: string }[] | undefined, id: string) =>
    entries?.find((entry) => entry.id === id)?.label ?? id;
  const { method, decoder, tasks, input, customTasks, adapter } = config;
  const settings = Object.entries(method.settings).map(([name, value]) => `${spaced(name)} ${JSON.stringify(value)}`);
  const unfrozen = Object.entries(method.unfreeze).flatMap(([group, free]) => (free ? [spaced(group)] : []));
  const known = [...(catalogue?.tasks ?? []), ...customTasks];
  const facts: readonly (readonly [string, string])[] = [
    ["Method", labelOf(catalogue?.methods, method.id)],
    ["Settings", settings.join(", ") || "all as usual"],
    ["Trained beside it", unfrozen.join(", ") || "nothing"],
    ["Decoder", labelOf(catalogue?.decoders, decoder)],
    ["Tasks", tasks.map((id) => labelOf(known, id)).join(", ")],
    ["Images", input.imageSize > 0 ? `${input.imageSize} × ${input.imageSize} pixels` : "the backbone's size"],
    ["Trained parameters", formatCount(numbers)],
    ["Belongs to", `${base.label}, SHA-256 ${base.sha256}`],
    ...(found ? [["Here", `${found.label}, SHA-256 ${found.sha256}`] as const] : []),
    ...(adapter ? [["Began from", `${adapter.name}, SHA-256 ${adapter.sha256}`] as const] : []),
    ["This file", `SHA-256 ${ref.sha256}`],
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Answers({ usable }: { readonly usable: boolean }) {
  const { store, session } = useStudio();
  const kept = useSlice((state) => state.adapter.kept);
  return (
    <ReportAnswers
      take="Use this adapter"
      kept={kept}
      usable={usable}
      onNotNow={() => store.showAdapter(false)}
      onTake={session.takeAdapter}
    >
      <p className={controls.note}>
        Method, decoder, tasks, image size and seed of the set-up become the adapter's; data and training stay.
      </p>
    </ReportAnswers>
  );
}
