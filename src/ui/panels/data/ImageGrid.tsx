import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useSlice, useStudio } from "../../parts/context";
import { type Examined, fateOf, type Listed, nameOf, type Picks } from "./examined";
import { moveCursor, rangeOf } from "./gridKeys";
import { ImageTile } from "./ImageTile";
import styles from "./images.module.css";
import type { Overlay } from "./overlay";
import { useWindow } from "./useWindow";

/** Least distance of two pictures from left to left; they grow until a row is full. */
const PITCH_PX = 104;
const GAP_PX = 4;
/** Height of a small picture, and of the one that is looked at closely. */
const SIDE_PX = 112;
const LARGE_PX = 480;

interface Props {
  readonly examined: Examined;
  /** Those that pass the filter. */
  readonly shown: readonly Listed[];
  readonly listed: readonly Listed[];
  readonly selected: ReadonlySet<number>;
  readonly picks: Picks;
  readonly overlay: Overlay;
  /** Place of the image that is looked at closely. */
  readonly open: number | null;
  readonly onSelected: (places: ReadonlySet<number>) => void;
  readonly onOpen: (place: number) => void;
}

/** Columns, and the distance of two pictures, at an inner width. */
const fitAt = (width: number) => {
  const columns = Math.max(1, Math.floor((width + GAP_PX) / PITCH_PX));
  return { columns, pitch: width > 0 ? (width + GAP_PX) / columns : PITCH_PX };
};

/** A list of pictures of which only those in sight are in the page. */
export function ImageGrid({ examined, shown, listed, selected, picks, overlay, open, onSelected, onOpen }: Props) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const names = useSlice((state) => state.data.thumbnails.names);
  /** Index in `shown`. */
  const [cursor, setCursor] = useState(0);
  const [anchor, setAnchor] = useState(0);
  const rowsAt = (width: number) => {
    const { columns, pitch } = fitAt(width);
    return { count: Math.ceil(shown.length / columns), height: pitch };
  };
  const seen = useWindow(box, rowsAt, 2);
  const { columns, pitch } = fitAt(seen.width);
  const from = seen.first * columns;
  const inSight = seen.width > 0 ? shown.slice(from, seen.last * columns) : [];
  useLooks(inSight, listed, selected, open);

  const current = Math.min(cursor, shown.length - 1);
  const goTo = (index: number, extend: boolean): void => {
    setCursor(index);
    if (!extend) setAnchor(index);
    const top = Math.floor(index / columns) * pitch;
    const { scrollTop, clientHeight } = box.current!;
    if (top < scrollTop) box.current!.scrollTop = top;
    else if (top + pitch > scrollTop + clientHeight) box.current!.scrollTop = top + pitch - clientHeight;
    if (extend) onSelected(rangeOf(shown, selected, anchor, index));
  };
  const toggle = (index: number, extend: boolean): void => {
    setCursor(index);
    if (extend) {
      onSelected(rangeOf(shown, selected, anchor, index));
      return;
    }
    setAnchor(index);
    const next = new Set(selected);
    if (!next.delete(shown[index]!.place)) next.add(shown[index]!.place);
    onSelected(next);
  };
  const press = (event: KeyboardEvent): void => {
    const sample = shown[current];
    const page = Math.max(1, Math.floor(seen.height / pitch));
    const next = moveCursor(event.key, current, shown.length, columns, page);
    if (next !== null) goTo(next, event.shiftKey);
    else if (event.key === " " && sample) toggle(current, event.shiftKey);
    else if (event.key === "Enter" && sample) onOpen(sample.place);
    else if (event.key === "Escape") onSelected(new Set());
    else if (event.key === "a" && (event.ctrlKey || event.metaKey))
      onSelected(new Set(shown.map(({ place }) => place)));
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      className={styles.grid}
      data-alone={!examined.own}
      role="listbox"
      aria-label="Images of the data set"
      aria-multiselectable="true"
      aria-activedescendant={shown[current] ? `${id}-${shown[current].place}` : undefined}
      tabIndex={0}
      onKeyDown={press}
    >
      {shown.length === 0 && <p className={styles.empty}>None of the images.</p>}
      <div role="presentation" style={{ height: Math.ceil(shown.length / columns) * pitch }}>
        {inSight.map((sample, i) => {
          const index = from + i;
          const name = nameOf(names, sample);
          return (
            <ImageTile
              key={sample.place}
              id={`${id}-${sample.place}`}
              sample={sample}
              name={name}
              fate={fateOf(examined.data, sample, name, picks)}
              number={index + 1}
              of={shown.length}
              left={(index % columns) * pitch}
              top={Math.floor(index / columns) * pitch}
              side={pitch - GAP_PX}
              overlay={overlay}
              selected={selected.has(sample.place)}
              current={index === current}
              onOpen={() => {
                setCursor(index);
                setAnchor(index);
                onOpen(sample.place);
              }}
              onToggle={(extend) => toggle(index, extend)}
            />
          );
        })}
      </div>
    </div>
  );
}

/** Asks for the pictures in sight: first for the one that is looked at closely; last for those of which only the name is needed. */
function useLooks(
  inSight: readonly Listed[],
  listed: readonly Listed[],
  selected: ReadonlySet<number>,
  open: number | null,
): void {
  const { session, store } = useStudio();
  const generation = useSlice((state) => state.data.thumbnails.generation);
  const first = inSight[0]?.place;
  const last = inSight.at(-1)?.place;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is in sight is known by its ends and their number.
  useEffect(() => {
    const { names } = store.getState().data.thumbnails;
    const large = open === null ? [] : [open - 1, open, open + 1].flatMap((place) => listed[place] ?? []);
    const unnamed = [...selected].flatMap((place) => listed[place] ?? []).filter((one) => !nameOf(names, one));
    session.lookAt([
      ...large
        .sort((a, b) => Number(b.place === open) - Number(a.place === open))
        .map(({ split, index }) => ({ split, index, side: LARGE_PX })),
      ...inSight.map(({ split, index }) => ({ split, index, side: SIDE_PX })),
      ...unnamed.map(({ split, index }) => ({ split, index, side: SIDE_PX })),
    ]);
  }, [first, last, inSight.length, listed, selected, open, generation]);
}
