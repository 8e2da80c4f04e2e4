import { Shuffle } from "lucide-react";
import type { TaskId } from "../../../contracts/runConfig";
import type { Thumbnail } from "../../../contracts/survey";
import { settingsOf } from "../../../store/setup/methodSettings";
import { useCatalogue, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { Panel } from "../../parts/Panel";
import { Pixels } from "../../pictures/Pixels";
import { SettingField } from "../setup/Field";
import { useExamined } from "./examined";
import styles from "./images.module.css";
import type { Overlay } from "./overlay";

/** What the random changes of a run make of one training image, beside the settings that rule them. */
export function AugmentPanel({ overlay }: { readonly overlay: Overlay }) {
  const { session } = useStudio();
  const catalogue = useCatalogue();
  const config = useSlice((state) => state.setup.config);
  const { image, waiting, plain, changed, problem } = useSlice((state) => state.data.augmented);
  const entry = useExamined()?.entry;
  const taken = useSlice((state) => state.data.subset.counts?.train);
  const images = taken ?? entry?.train ?? 0;
  if (!catalogue || !config || !entry || entry.train === 0) return null;
  const settings = settingsOf(catalogue, config).filter(({ path }) => path.startsWith("data.augment."));
  return (
    <Panel
      title="Random changes"
      aside={plain?.id}
      tools={
        <button
          type="button"
          className={controls.button}
          title="Another of the training images that a run uses"
          disabled={images < 2}
          onClick={() => session.preview(otherThan(image, images))}
        >
          <Shuffle size={13} /> Another image
        </button>
      }
    >
      <p className={controls.note}>
        Training images are augmented at random whenever they are used, with their labels. Validation images never are.
      </p>
      <div className={styles.augment}>
        <div className={styles.settings}>
          {settings.map((setting) => (
            <SettingField key={setting.path} setting={setting} />
          ))}
        </div>
        <div className={styles.changed} aria-busy={waiting}>
          {plain && <Shown thumbnail={plain} caption="as it is" overlay={overlay} />}
          {changed.map((thumbnail, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the changes of one image differ in nothing but their place.
            <Shown key={i} thumbnail={thumbnail} caption={`change ${i + 1}`} overlay={overlay} />
          ))}
          {!plain && <p className={controls.note}>{problem || "The pictures come when the image is read."}</p>}
        </div>
      </div>
    </Panel>
  );
}

/** Any place but this one, of two or more. */
function otherThan(image: string | number, count: number): number {
  if (typeof image === "string") return Math.floor(Math.random() * count);
  const other = Math.floor(Math.random() * (count - 1));
  return other >= image % count ? other + 1 : other;
}

interface ShownProps {
  readonly thumbnail: Thumbnail;
  readonly caption: string;
  readonly overlay: { readonly task: TaskId | null; readonly opacity: number };
}

function Shown({ thumbnail, caption, overlay }: ShownProps) {
  const labels = thumbnail.labels.find(({ task }) => task === overlay.task)?.picture;
  return (
    <figure>
      {thumbnail.problem !== undefined ? (
        <span className={styles.problem}>{thumbnail.problem}</span>
      ) : (
        <span>
          <Pixels picture={thumbnail.image} role="img" aria-label={`${thumbnail.id}, ${caption}`} />
          {labels && <Pixels picture={labels} style={{ opacity: overlay.opacity }} aria-hidden="true" />}
        </span>
      )}
      <figcaption>{caption}</figcaption>
    </figure>
  );
}
