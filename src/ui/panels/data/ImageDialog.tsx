import { ChevronLeft, ChevronRight } from "lucide-react";
import { useEffect, useEffectEvent, useState } from "react";
import { leaveOut, takeBack } from "../../../store/data/selection";
import { thumbnailKey } from "../../../store/data/thumbnailSlice";
import { Swatch } from "../../parts/chips";
import { streamColour } from "../../parts/colours";
import { useCatalogue, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { Dialog } from "../../parts/Dialog";
import { formatCount } from "../../parts/format";
import type { Place } from "../../pictures/pixels";
import { PictureView } from "../predictions/PictureView";
import { type Examined, fateOf, type Listed, nameOf, picksOf } from "./examined";
import { fateText } from "./ImageTile";
import styles from "./imageDialog.module.css";

interface Props {
  readonly examined: Examined;
  readonly listed: readonly Listed[];
  /** null: closed. */
  readonly place: number | null;
  readonly onPlace: (place: number | null) => void;
}

/** One image with all its labels side by side, and what is known of it. */
export function ImageDialog({ examined, listed, place, onPlace }: Props) {
  const sample = place === null ? undefined : listed[place];
  const isOpen = sample !== undefined;
  const names = useSlice((state) => state.data.thumbnails.names);
  const name = sample && (nameOf(names, sample) ?? `image ${sample.index + 1}`);
  const go = (step: number): void => {
    if (place !== null && listed[place + step]) onPlace(place + step);
  };
  const press = useEffectEvent((event: KeyboardEvent): void => {
    if (event.key === "ArrowLeft") go(-1);
    if (event.key === "ArrowRight") go(1);
  });
  // Wherever the focus is: the dialog leaves nothing else to reach.
  useEffect(() => {
    if (!isOpen) return;
    const listen = (event: KeyboardEvent): void => press(event);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [isOpen]);
  return (
    <Dialog title={name ?? ""} open={isOpen} onClose={() => onPlace(null)} wide="pictures">
      {sample && (
        <div className={styles.large}>
          <Labels sample={sample} />
          <Facts examined={examined} sample={sample} name={name} />
          <div className={styles.turns}>
            <button type="button" className={controls.button} disabled={place === 0} onClick={() => go(-1)}>
              <ChevronLeft size={14} /> Previous
            </button>
            <button
              type="button"
              className={controls.button}
              disabled={!listed[(place ?? 0) + 1]}
              onClick={() => go(1)}
            >
              Next <ChevronRight size={14} />
            </button>
            <Choose examined={examined} sample={sample} onDone={() => onPlace(null)} />
            <button type="button" className={controls.primary} onClick={() => onPlace(null)}>
              Close
            </button>
          </div>
        </div>
      )}
    </Dialog>
  );
}

function Labels({ sample }: { readonly sample: Listed }) {
  const catalogue = useCatalogue();
  const picture = useSlice((state) => state.data.thumbnails.pictures.get(thumbnailKey(sample.split, sample.index)));
  const [place, setPlace] = useState<Place | null>(null);
  if (!picture) return <p className={styles.waiting}>The picture is being read…</p>;
  if (picture.problem !== undefined) return <p className={styles.waiting}>{picture.problem}</p>;
  const shared = { place, onPlace: setPlace, pixelated: picture.image.height < 200 };
  const missing = (sample.facts?.labels ?? []).filter((task) => !picture.labels.some((one) => one.task === task));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and so has to be reached by the keyboard.
    <section className={styles.sheet} aria-label="Image and labels" tabIndex={0}>
      <figure>
        <PictureView picture={picture.image} label="The image" {...shared} />
        <figcaption>Image</figcaption>
      </figure>
      {picture.labels.map(({ task, picture: colours }) => {
        const label = catalogue?.tasks.find(({ id }) => id === task)?.label ?? task;
        return (
          <figure key={task}>
            <PictureView picture={colours} label={label} {...shared} />
            <figcaption>
              <Swatch colour={streamColour(catalogue, task)} /> {label}
            </figcaption>
          </figure>
        );
      })}
      {missing.length > 0 && <p className={controls.note}>Not shown: {missing.join(", ")}.</p>}
    </section>
  );
}

interface FactsProps {
  readonly examined: Examined;
  readonly sample: Listed;
  readonly name: string | undefined;
}

function Facts({ examined, sample, name }: FactsProps) {
  const catalogue = useCatalogue();
  const { facts, split, index } = sample;
  const labelOf = (task: string): string => catalogue?.tasks.find(({ id }) => id === task)?.label ?? task;
  const fate = fateOf(examined.data, sample, name, picksOf(examined.data));
  const rows: readonly (readonly [string, string])[] = [
    ["Part", `${split === "train" ? "training" : "validation"}, image ${formatCount(index + 1)}`],
    ...(facts?.size ? [["Size", `${facts.size[0]} × ${facts.size[1]} pixels`] as const] : []),
    ...(facts ? [["Labels", facts.labels.map(labelOf).join(", ") || "none"] as const] : []),
    ...Object.entries(facts?.classes ?? {}).map(([task, classes]) => {
      const names = examined.survey?.tasks.find((one) => one.task === task)?.classes;
      return [`Classes of ${labelOf(task)}`, classes.map((one) => names?.[one] ?? String(one)).join(", ")] as const;
    }),
    ...(facts?.problem ? [["Problem", facts.problem] as const] : []),
    ...(fate === "taken" || fate === "broken" ? [] : [["Choice", fateText[fate]] as const]),
  ];
  return (
    <dl className={styles.facts}>
      {rows.map(([what, value]) => (
        <div key={what} data-long={value.length > 40}>
          <dt>{what}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface ChooseProps {
  readonly examined: Examined;
  readonly sample: Listed;
  readonly onDone: () => void;
}

/** Leaves the image out or uses it again; shows what random changes make of it. */
function Choose({ examined: { data }, sample, onDone }: ChooseProps) {
  const { store, session } = useStudio();
  const names = useSlice((state) => state.data.thumbnails.names);
  const id = nameOf(names, sample);
  const out = id !== undefined && fateOf(data, sample, id, picksOf(data)) === "byHand";
  const train = sample.split === "train";
  return (
    <>
      {id !== undefined && (
        <button
          type="button"
          className={controls.button}
          onClick={() =>
            store.editData({
              select: out ? takeBack(data.select, [id], train ? [id] : []) : leaveOut(data.select, [id]),
            })
          }
        >
          {out ? "Use it again" : "Leave it out"}
        </button>
      )}
      {train && id !== undefined && (
        <button
          type="button"
          className={controls.button}
          onClick={() => {
            session.preview(id);
            onDone();
          }}
        >
          Change it at random
        </button>
      )}
    </>
  );
}
