import { Archive, X } from "lucide-react";
import { useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import styles from "./weights.module.css";

/** The adapter that is open, and the one that the set-up starts from: usually the same. */
export function OpenedAdapter() {
  const { store } = useStudio();
  const report = useSlice((state) => state.adapter.report);
  const used = useSlice(({ setup }) => setup.config?.adapter);
  if (!used && !report) return null;
  const isUsed = used !== undefined && used.sha256 === report?.ref.sha256;
  return (
    <div className={styles.opened} data-testid="adapter">
      {used && !isUsed && (
        <p>
          <b>Adapter {used.name}</b> is where the run is to start, but it is not open.
        </p>
      )}
      {report && (
        <p>
          <b>Adapter {report.ref.name}</b>
          {isUsed ? " is where the run starts" : " is open, not used"}
          <button type="button" className={controls.plain} onClick={() => store.showAdapter(true)}>
            adapter report
          </button>
        </p>
      )}
      {report && <Keep />}
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
        Saved in this browser:
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
      <Archive size={13} /> Save the adapter in this browser
    </button>
  );
}
