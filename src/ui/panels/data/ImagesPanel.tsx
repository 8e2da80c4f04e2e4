import { useEffect, useId, useMemo, useState } from "react";
import { useCatalogue, useShown, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatCount } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { type Examined, fateOf, type Listed, listSamples, nameOf, picksOf } from "./examined";
import { HandTools } from "./HandTools";
import { ImageDialog } from "./ImageDialog";
import { ImageGrid } from "./ImageGrid";
import styles from "./images.module.css";
import type { Overlay } from "./overlay";

const filters = [
  { id: "all", label: "All" },
  { id: "train", label: "Training" },
  { id: "val", label: "Validation" },
  { id: "out", label: "Left out" },
  { id: "broken", label: "Broken" },
] as const;
type Filter = (typeof filters)[number]["id"];

interface Props {
  readonly examined: Examined;
  readonly overlay: Overlay;
  readonly onOverlay: (overlay: Overlay) => void;
}

const noPlaces: ReadonlySet<number> = new Set();

/** The images of the data set as small pictures, with their labels over them; here a person chooses by hand. */
export function ImagesPanel({ examined, overlay, onOverlay }: Props) {
  const id = useId();
  const { entry, survey, data } = examined;
  const names = useSlice((state) => state.data.thumbnails.names);
  const generation = useSlice((state) => state.data.thumbnails.generation);
  const [filter, setFilter] = useShown("images", "all", filters);
  const [selected, setSelected] = useState(noPlaces);
  const listed = useMemo(() => listSamples(entry, survey), [entry, survey]);
  const [open, setOpen] = useOpenImage(listed);
  const picks = useMemo(() => picksOf(data), [data]);
  const shown = useMemo(() => {
    const wanted: Readonly<Record<Filter, (sample: Listed) => boolean>> = {
      all: () => true,
      train: ({ split }) => split === "train",
      val: ({ split }) => split === "val",
      out: (sample) => fateOf(data, sample, nameOf(names, sample), picks) !== "taken",
      broken: ({ facts }) => facts?.problem !== undefined,
    };
    return listed.filter(wanted[filter]);
  }, [listed, data, names, picks, filter]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: places mean other images when the data is another.
  useEffect(() => setSelected(noPlaces), [generation]);
  return (
    <Panel
      title="Images"
      aside={formatCount(shown.length)}
      tools={
        <>
          <span className={styles.tool}>
            <label htmlFor={`${id}-show`}>Show</label>
            <select
              id={`${id}-show`}
              className={controls.select}
              value={filter}
              onChange={(event) => setFilter(event.currentTarget.value as Filter)}
            >
              {filters.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.label}
                </option>
              ))}
            </select>
          </span>
          <OverlayTools examined={examined} overlay={overlay} onOverlay={onOverlay} />
        </>
      }
    >
      <HandTools examined={examined} listed={listed} selected={selected} onSelected={setSelected} />
      <ImageGrid
        examined={examined}
        shown={shown}
        listed={listed}
        selected={selected}
        picks={picks}
        overlay={overlay}
        open={open}
        onSelected={setSelected}
        onOpen={setOpen}
      />
      <ImageDialog examined={examined} listed={listed} place={open} onPlace={setOpen} />
    </Panel>
  );
}

const OPEN = "image ";

/** The image of the open dialog, in the address by split and number: "image train 12". */
function useOpenImage(listed: readonly Listed[]): readonly [number | null, (place: number | null) => void] {
  const { store } = useStudio();
  const open = useSlice((state) => state.open);
  const place = open.startsWith(OPEN) ? listed.findIndex((sample) => dialogName(sample) === open) : -1;
  const choose = (next: number | null): void => store.openDialog(next === null ? "" : dialogName(listed[next]!));
  return [place < 0 ? null : place, choose];
}

const dialogName = ({ split, index }: Listed): string => `${OPEN}${split} ${index + 1}`;

function OverlayTools({ examined: { labelled }, overlay, onOverlay }: Props) {
  const id = useId();
  const catalogue = useCatalogue();
  return (
    <>
      <span className={styles.tool}>
        <label htmlFor={`${id}-task`}>Labels</label>
        <select
          id={`${id}-task`}
          className={controls.select}
          value={overlay.task ?? ""}
          onChange={(event) => onOverlay({ ...overlay, task: event.currentTarget.value || null })}
        >
          <option value="">none</option>
          {labelled.map((task) => (
            <option key={task} value={task}>
              {catalogue?.tasks.find((one) => one.id === task)?.label ?? task}
            </option>
          ))}
        </select>
      </span>
      <input
        type="range"
        className={`${controls.range} ${styles.opacity}`}
        aria-label="How strongly the labels cover the image"
        title="How strongly the labels cover the image"
        min={0}
        max={1}
        step={0.05}
        value={overlay.opacity}
        disabled={overlay.task === null}
        onChange={(event) => onOverlay({ ...overlay, opacity: event.currentTarget.valueAsNumber })}
      />
    </>
  );
}
