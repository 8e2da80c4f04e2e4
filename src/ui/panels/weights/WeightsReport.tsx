import { CircleCheck, TriangleAlert } from "lucide-react";
import type { ImportReport, RecognisedWeights } from "../../../contracts/importReport";
import type { OpenedWeights } from "../../../store/weights/weightsSlice";
import { useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { Dialog } from "../../parts/Dialog";
import { formatCount } from "../../parts/format";
import { Findings } from "./Findings";
import { ReportAnswers } from "./ReportAnswers";
import styles from "./weights.module.css";

/** What a file of weights turned out to be, before anything is replaced by it. */
export function WeightsReport() {
  const { store } = useStudio();
  const { opened, asking } = useSlice((state) => state.weights);
  return (
    <Dialog
      title={opened ? `Weights: ${opened.recognised.label}` : "Weights"}
      open={asking && opened !== null}
      wide
      onClose={() => store.showWeights(false)}
    >
      {opened && <Report opened={opened} />}
    </Dialog>
  );
}

function Report({ opened: { entry, recognised, report } }: { readonly opened: OpenedWeights }) {
  return (
    <div className={styles.report}>
      <p className={controls.note}>{entry.help}</p>
      <Verdict report={report} />
      <Findings report={report} />
      <Recognised recognised={recognised} parameters={entry.parameters} />
      <Answers />
    </div>
  );
}

const complete = ({ missing, mismatched }: ImportReport): boolean => missing.length + mismatched.length === 0;

function Verdict({ report }: { readonly report: ImportReport }) {
  const good = complete(report);
  const lacking = report.missing.length + report.mismatched.length;
  return (
    <p className={styles.verdict} data-good={good} data-testid="weights-verdict">
      {good ? <CircleCheck size={16} /> : <TriangleAlert size={16} />}
      {good
        ? `The file fills all ${formatCount(report.matched)} parameters of the backbone.`
        : `The file fills ${formatCount(report.matched)} parameters of the backbone; ${formatCount(lacking)} get none from it.`}
    </p>
  );
}

/** "mlpRatio" → "mlp ratio" */
const spaced = (name: string): string => name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);

function Recognised({
  recognised,
  parameters,
}: {
  readonly recognised: RecognisedWeights;
  readonly parameters: number;
}) {
  const { naming, prefix, settings, imageSize, assumed, notes } = recognised;
  const facts: readonly (readonly [string, string])[] = [
    ["Names", prefix ? `${naming}, behind “${prefix}”` : naming],
    ["Parameters", formatCount(parameters)],
    ["Images", `${imageSize} × ${imageSize} pixels`],
    ...Object.entries(settings).map(([name, value]) => [spaced(name), value] as const),
  ];
  return (
    <>
      <h3>Recognised from names and shapes</h3>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Sentences title="Assumed, where shapes leave it open" sentences={assumed} />
      <Sentences title="Notes" sentences={notes} />
    </>
  );
}

function Sentences({ title, sentences }: { readonly title: string; readonly sentences: readonly string[] }) {
  if (sentences.length === 0) return null;
  return (
    <div>
      <h3>{title}</h3>
      <ul className={styles.sentences}>
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </div>
  );
}

function Answers() {
  const { store, session } = useStudio();
  const kept = useSlice((state) => state.weights.kept);
  const again = useSlice(({ setup }) => setup.config?.backbone === "file");
  return (
    <ReportAnswers
      take="Use these weights"
      kept={kept}
      onNotNow={() => store.showWeights(false)}
      onTake={session.takeWeights}
    >
      {again && (
        <p className={controls.note}>
          The set-up starts from your file already: from the next preparation on it is this one.
        </p>
      )}
    </ReportAnswers>
  );
}
