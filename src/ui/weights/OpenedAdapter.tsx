import { Archive, X } from "lucide-react";
import { useSlice, useStudio } from "../context";
import controls from "../controls.module.css";
import styles from "./weights.module.css";

/** The adapter that is open, and the one that the set-up starts from: usually the same. */
export function OpenedAdapter() {
  const { store } = useStudio();
  const report = useSlice((state) => state.adapter.report);
  const used = useSlice(({ setup }) => setup.config?.adapter);
  const shown = used ?? report?.ref;
  if (!shown) return null;
  const open = report?.ref.sha256 === shown.sha256;
  return (
    <div className={styles.opened} data-testid="adapter">
      <p>
        <b>Adapter {shown.name}</b>
        {used ? (open ? " is where the run starts" : " is named by the set-up, but not open") : " is open, not used"}
        {open && (
          <button type="button" className={controls.plain} onClick={() => store.showAdapter(true)}>
            adapter report
          </button>
        )}
      </p>
      {open && <Keep />}
      {used && (
        <button type="button" className={controls.plain} onClick={store.leaveAdapter}>
          <X size={13} /> Start without the adapter
        </button>
      )}
    </div>
  );
}

function Keep() {
  const { store, session } = useStudio();
  const kept = useSlice((state) => state.adapter.kept);
  const keeping = useSlice((state) => state.library.keeping);
  if (kept)
    return (
      <p className={styles.quiet}>
        Kept in this browser:
        <button type="button" className={controls.plain} onClick={() => store.show("library")}>
          library
        </button>
      </p>
    );
  return (
    <button
      type="button"
      className={controls.plain}
      disabled={keeping !== null}
      onClick={() => session.keep("adapter")}
    >
      <Archive size={13} /> Keep the adapter in this browser
    </button>
  );
}
