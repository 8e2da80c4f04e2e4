import type { MouseEvent } from "react";
import { thumbnailKey } from "../../../store/data/thumbnailSlice";
import { useSlice } from "../../parts/context";
import { Pixels } from "../../pictures/Pixels";
import type { Fate, Listed } from "./examined";
import styles from "./images.module.css";
import type { Overlay } from "./overlay";

interface Props {
  readonly id: string;
  readonly sample: Listed;
  readonly name: string | undefined;
  readonly fate: Fate;
  /** Its number in the list, from 1. */
  readonly number: number;
  readonly of: number;
  readonly left: number;
  readonly top: number;
  /** In pixels. */
  readonly side: number;
  readonly overlay: Overlay;
  readonly selected: boolean;
  readonly current: boolean;
  readonly onOpen: () => void;
  /** `extend`: everything since the last one too. */
  readonly onToggle: (extend: boolean) => void;
}

export const fateText: Readonly<Record<Fate, string>> = {
  taken: "",
  broken: "cannot be used",
  byHand: "left out by hand",
  byClass: "shows none of the chosen classes",
};

/** One small picture with its labels over it. */
export function ImageTile({
  id,
  sample,
  name,
  fate,
  number,
  of,
  left,
  top,
  side,
  overlay,
  selected,
  current,
  ...on
}: Props) {
  const picture = useSlice((state) => state.data.thumbnails.pictures.get(thumbnailKey(sample.split, sample.index)));
  const labels = picture?.labels.find(({ task }) => task === overlay.task)?.picture;
  const problem = picture?.problem ?? sample.facts?.problem;
  const part = sample.split === "train" ? "training" : "validation";
  const said = [name ?? `image ${sample.index + 1}`, part, problem ?? fateText[fate]].filter(Boolean).join(", ");
  const click = (event: MouseEvent): void =>
    event.shiftKey || event.ctrlKey || event.metaKey ? on.onToggle(event.shiftKey) : on.onOpen();
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus and names the current option.
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys of all its options.
    <div
      id={id}
      className={styles.tile}
      role="option"
      aria-selected={selected}
      aria-label={said}
      aria-setsize={of}
      aria-posinset={number}
      data-current={current}
      data-fate={fate}
      title={said}
      style={{ left, top, width: side, height: side }}
      onClick={click}
    >
      {picture && picture.image.width > 0 && !problem && <Pixels picture={picture.image} aria-hidden="true" />}
      {labels && !problem && <Pixels picture={labels} style={{ opacity: overlay.opacity }} aria-hidden="true" />}
      {problem && <span className={styles.problem}>{problem}</span>}
      {picture && !labels && !problem && overlay.task !== null && <span className={styles.unlabelled}>no label</span>}
      {sample.split === "val" && <span className={styles.split}>val</span>}
      <span
        className={styles.tick}
        aria-hidden="true"
        onClick={(event) => {
          event.stopPropagation();
          on.onToggle(event.shiftKey);
        }}
      />
    </div>
  );
}
