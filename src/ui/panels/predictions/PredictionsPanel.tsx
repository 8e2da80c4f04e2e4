import { type CSSProperties, useMemo, useState } from "react";
import type { Legend, TaskEntry } from "../../../contracts/catalogue";
import type { TaskId } from "../../../contracts/runConfig";
import type { SamplePictures } from "../../../contracts/runEvent";
import { Swatch } from "../../parts/chips";
import { streamColour } from "../../parts/colours";
import { useCatalogue, useRun, useShown, useSlice } from "../../parts/context";
import { formatMetric } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { Segments } from "../../parts/Segments";
import { nameAt, type Place, shownEntries } from "../../pictures/pixels";
import { PictureView } from "./PictureView";
import styles from "./predictions.module.css";

const scalings = [
  { id: "pixels", label: "pixels" },
  { id: "smooth", label: "smooth" },
] as const;

/** Validation images with truth and prediction of every task, refreshed while it trains. */
export function PredictionsPanel() {
  const pictures = useRun((shown) => shown.results.pictures);
  const [id, setId] = useShown<string>("image", "");
  const [scaling, setScaling] = useShown("scaling", "pixels", scalings);
  const sample = pictures?.samples.find((one) => one.id === id) ?? pictures?.samples[0];
  return (
    <Panel
      title="Predictions"
      step={pictures?.step}
      aside={pictures ? `validation image ${sample?.id ?? ""}, step ${pictures.step}` : undefined}
      tools={<Segments label="Scaling of pictures" choices={scalings} chosen={scaling} onChoose={setScaling} />}
    >
      {pictures && sample ? (
        <SampleGrid sample={sample} samples={pictures.samples} onChoose={setId} pixelated={scaling === "pixels"} />
      ) : (
        <Waiting />
      )}
    </Panel>
  );
}

/** Few tasks leave room for larger pictures. */
const columnsStyle = (tasks: number): CSSProperties =>
  ({ "--columns": tasks + 1, "--side": tasks <= 1 ? "190px" : tasks === 2 ? "142px" : "131px" }) as CSSProperties;

/** Until the catalogue tells of others. */
const USUAL_TASKS = 4;

/** Frames where the pictures will be, so that nothing moves when they come. */
function Waiting() {
  const catalogue = useCatalogue();
  const tasks = useSlice((state) => state.setup.config?.tasks);
  const step = useRun((shown) => shown.run.step);
  const source = useSlice((state) => state.setup.config?.data.source);
  const entries = (tasks ?? []).flatMap((task) => catalogue?.tasks.find(({ id }) => id === task) ?? []);
  const named = catalogue?.data.find(({ id }) => id === source)?.legends ?? {};
  const legends = entries.flatMap(({ id, label }) => {
    const shown = shownEntries([], named[id] ?? []);
    return shown.length > 0 ? [{ task: id, label, entries: shown }] : [];
  });
  const columns = catalogue ? entries.length : USUAL_TASKS;
  return (
    <div className={styles.body}>
      <div className={`${styles.grid} ${styles.frames}`} style={columnsStyle(columns)}>
        <div className={styles.column}>
          <span className={styles.name}>Image</span>
          <div className={styles.missing}>Pictures come with the {step > 0 ? "next" : "first"} evaluation.</div>
        </div>
        {Array.from({ length: columns }, (_, i) => entries[i]).map((entry, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the frames are all alike.
          <div key={i} className={styles.column}>
            {entry ? (
              <TaskName entry={entry} colour={streamColour(catalogue, entry.id)} />
            ) : (
              <span className={styles.name}>&nbsp;</span>
            )}
            <div className={styles.missing} />
            <span className={styles.row}>truth</span>
            <div className={styles.missing} />
            <span className={styles.row}>prediction</span>
          </div>
        ))}
      </div>
      <Legends legends={legends} />
    </div>
  );
}

interface GridProps {
  readonly sample: SamplePictures;
  readonly samples: readonly SamplePictures[];
  readonly onChoose: (id: string) => void;
  readonly pixelated: boolean;
}

function SampleGrid({ sample, samples, onChoose, pixelated }: GridProps) {
  const catalogue = useCatalogue();
  const legends = useLegends(sample);
  const [place, setPlace] = useState<Place | null>(null);
  const shared = { pixelated, place, onPlace: setPlace };
  return (
    <div className={styles.body}>
      <div className={styles.grid} style={columnsStyle(sample.tasks.length)}>
        <div className={`${styles.column} ${styles.imageColumn}`}>
          <span className={styles.name}>Image</span>
          <PictureView picture={sample.image} label={`Image ${sample.id}`} testId="image" {...shared} />
          <span className={styles.row}>{samples.length > 1 ? "other images" : ""}&nbsp;</span>
          <div className={styles.thumbs}>
            {samples.map((other, i) => (
              <button
                key={other.id}
                type="button"
                aria-label={`Show image ${i + 1}`}
                aria-pressed={other === sample}
                onClick={() => onChoose(other.id)}
              >
                <PictureView picture={other.image} label="" pixelated={false} />
              </button>
            ))}
          </div>
        </div>
        {sample.tasks.map(({ task, truth, prediction }) => {
          const entry = catalogue?.tasks.find(({ id }) => id === task);
          if (!entry) return null;
          return (
            <div key={task} className={styles.column}>
              <TaskName entry={entry} colour={streamColour(catalogue, task)} />
              {truth ? (
                <PictureView picture={truth} label={`Truth: ${entry.label}`} testId={`truth-${task}`} {...shared} />
              ) : (
                <div className={styles.missing}>no label</div>
              )}
              <span className={styles.row}>truth</span>
              <PictureView
                picture={prediction}
                label={`Prediction: ${entry.label}`}
                testId={`prediction-${task}`}
                {...shared}
              />
              <Score entry={entry} />
              {place && (
                <Reading
                  legend={legends.find((one) => one.task === task)?.entries ?? []}
                  truth={truth}
                  prediction={prediction}
                  place={place}
                />
              )}
            </div>
          );
        })}
      </div>
      <Legends legends={legends} />
    </div>
  );
}

function TaskName({ entry, colour }: { readonly entry: TaskEntry; readonly colour: string }) {
  return (
    <span className={styles.name} title={`${entry.label}: ${entry.metricLabel}`}>
      <Swatch colour={colour} />
      <span>{entry.label}</span>
    </span>
  );
}

/** The metric of the step that the pictures show; between evaluations there is none. */
function Score({ entry }: { readonly entry: TaskEntry }) {
  const value = useRun(({ results: { evaluations, pictures } }) => {
    const last = evaluations.at(-1);
    return last && last.step === pictures?.step ? last.metrics[entry.id]?.[entry.metric] : undefined;
  });
  return (
    <span className={styles.row} title={`${entry.metricLabel} over all validation images`}>
      <span>prediction</span>
      {value !== undefined && <b>{formatMetric(entry, value)}</b>}
    </span>
  );
}

type ReadingProps = Pick<SamplePictures["tasks"][number], "truth" | "prediction"> & {
  readonly legend: Legend;
  readonly place: Place;
};

/** What stands under the pointer, and what it was taken for. */
function Reading({ legend, truth, prediction, place }: ReadingProps) {
  const said = nameAt(prediction, legend, place);
  const right = nameAt(truth, legend, place);
  if (!said && !right) return null;
  const known = right !== null && right !== "not labelled";
  const wrong = known && said !== right;
  return (
    <span className={styles.reading} data-wrong={wrong}>
      {wrong ? `${right}, predicted ${said}` : known ? right : `predicted ${said}`}
    </span>
  );
}

interface Named {
  readonly task: TaskId;
  readonly label: string;
  readonly entries: Legend;
}

/** What the colours of this sample's pictures mean, of the tasks whose colours have names. */
function useLegends(sample: SamplePictures): readonly Named[] {
  const catalogue = useCatalogue();
  const source = useRun((shown) => shown.run.prepared?.config.data.source);
  return useMemo(() => {
    const named = catalogue?.data.find(({ id }) => id === source)?.legends ?? {};
    return sample.tasks.flatMap(({ task, truth, prediction }) => {
      const entry = catalogue?.tasks.find(({ id }) => id === task);
      const entries = shownEntries([truth, prediction], named[task] ?? []);
      return entry && entries.length > 0 ? [{ task, label: entry.label, entries }] : [];
    });
  }, [sample, catalogue, source]);
}

function Legends({ legends }: { readonly legends: readonly Named[] }) {
  const catalogue = useCatalogue();
  if (legends.length === 0) return null;
  return (
    <div className={styles.legends}>
      {legends.map(({ task, label, entries }) => (
        <p key={task} className={styles.legend}>
          <span className={styles.legendName} style={{ background: streamColour(catalogue, task) }} title={label}>
            <span className="unseen">{label}</span>
          </span>
          {entries.map(({ name, color }) => (
            <span key={name} className={styles.entry}>
              <Swatch colour={`rgb(${color.join(" ")})`} />
              {name}
            </span>
          ))}
        </p>
      ))}
    </div>
  );
}
