import { Images } from "lucide-react";
import { useId } from "react";
import type { DataConfig } from "../../../contracts/runConfig";
import { configLookedAt } from "../../../store/data/dataSlice";
import { isPending } from "../../../store/data/draft";
import { useCatalogue, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatCount } from "../../parts/format";
import { Choice, FieldRow } from "./Field";
import { OpenData } from "./OpenData";
import styles from "./setup.module.css";

/** The data source, a place for the user's own files, and the way to where they are looked at. */
export function DataPicker() {
  const id = useId();
  const { store } = useStudio();
  const catalogue = useCatalogue();
  const source = useSlice((state) => state.setup.config?.data.source);
  const opened = useSlice((state) => state.catalogue.opened);
  const waits = useSlice((state) => {
    const examined = configLookedAt(state);
    return examined !== null && state.setup.config !== null && isPending(state.setup.config, examined);
  });
  const entry = catalogue?.data.find((candidate) => candidate.id === source);
  const isPart = useSlice(({ setup: { config } }) => config !== null && takesPart(config.data));
  return (
    <>
      <FieldRow label="Data" help={entry?.help ?? ""} controlId={id}>
        <Choice
          id={id}
          entries={catalogue?.data ?? []}
          value={source ?? ""}
          onSet={(next) => store.setField("data.source", next)}
        />
      </FieldRow>
      <OpenData />
      {opened && entry?.id === opened.entry.id && (
        <p className={controls.note}>
          {formatCount(entry.train)} training and {formatCount(entry.val)} validation images
          {isPart ? ", of which a part is used" : ""}.
        </p>
      )}
      {waits && <p className={styles.notice}>What was changed in the data view is not used yet.</p>}
      <button type="button" className={controls.plain} onClick={() => store.show("data")}>
        <Images size={14} /> Look at the images, choose a part
      </button>
    </>
  );
}

const takesPart = ({ select, train, val }: DataConfig): boolean =>
  Object.keys(select).length > 0 || train > 0 || val > 0;
