import { Download } from "lucide-react";
import { useSlice, useStudio } from "../context";
import controls from "../controls.module.css";
import { Menu } from "../Menu";
import styles from "./bar.module.css";

const files = [
  { what: "adapter", label: "Adapter", about: "What was trained, as safetensors" },
  { what: "run", label: "Run file", about: "Every setting, to repeat this run" },
  { what: "metrics", label: "Metrics", about: "Losses and evaluations as JSON" },
] as const;

export function SaveMenu() {
  const { session } = useStudio();
  const ready = useSlice((state) => state.run.prepared !== null);
  return (
    <Menu
      name="Save"
      label={
        <>
          <Download size={14} />
          <span className={styles.wide}>Save</span>
        </>
      }
    >
      <div className={styles.files}>
        {files.map(({ what, label, about }) => (
          <button key={what} type="button" className={styles.file} disabled={!ready} onClick={() => session.save(what)}>
            {label}
            <span className={controls.note}>{about}</span>
          </button>
        ))}
      </div>
    </Menu>
  );
}
