import { ShieldCheck } from "lucide-react";
import { KEPT_BYTES } from "../../../contracts/command";
import type { Library } from "../../../store/library/librarySlice";
import { useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatBytes } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { remember } from "../../parts/remembered";
import styles from "./library.module.css";

/** How much room there is, whether the browser keeps it, and a way to have all of it deleted. */
export function Storage({ onDeleteAll }: { readonly onDeleteAll: () => void }) {
  const listed = useSlice((state) => state.library.listed);
  if (!listed) return null;
  return (
    <Panel
      title="Library"
      aside="in this browser, on this machine"
      tools={
        listed.entries.length > 0 && (
          <button type="button" className={styles.delete} onClick={onDeleteAll}>
            Delete everything…
          </button>
        )
      }
    >
      <div className={styles.storage}>
        <Room listed={listed} />
        <Persistence persisted={listed.persisted} />
        <KeepData />
      </div>
    </Panel>
  );
}

const NEARLY_FULL = 0.9;

function Room({ listed: { entries, usedBytes, quotaBytes } }: { readonly listed: Library }) {
  const own = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  if (usedBytes === undefined || !quotaBytes)
    return <p>{formatBytes(own)} in the library. This browser does not say how much room there is.</p>;
  const full = usedBytes > NEARLY_FULL * quotaBytes;
  return (
    <div className={styles.room} data-full={full}>
      <p>
        <b>{formatBytes(usedBytes)}</b> of {formatBytes(quotaBytes)} that the browser allows this page
        {full && ": delete what is not needed, or new checkpoints find no room"}
      </p>
      {/* biome-ignore lint/a11y/useSemanticElements: browsers draw a meter each in a way of its own. */}
      <div
        className={styles.meter}
        role="meter"
        aria-label="Storage used"
        aria-valuemin={0}
        aria-valuemax={quotaBytes}
        aria-valuenow={usedBytes}
        aria-valuetext={`${formatBytes(usedBytes)} of ${formatBytes(quotaBytes)}`}
      >
        <i style={{ width: `${Math.min(100, Math.max(0.5, (100 * usedBytes) / quotaBytes))}%` }} />
      </div>
    </div>
  );
}

function Persistence({ persisted }: { readonly persisted: boolean }) {
  const { session } = useStudio();
  const asked = useSlice((state) => state.library.askedToPersist);
  if (persisted)
    return (
      <p className={styles.promised} data-testid="persisted">
        <ShieldCheck size={15} /> The browser has promised to delete nothing of this by itself.
      </p>
    );
  return (
    <div className={styles.promise}>
      <button type="button" className={controls.button} onClick={() => session.listLibrary(true)}>
        Ask the browser to keep this
      </button>
      <p className={controls.note} data-testid="persisted" aria-live="polite">
        {asked
          ? "It did not promise. Browsers agree sooner for pages that are bookmarked, installed or visited often; save what matters as files."
          : "Without its promise the browser may delete this when the disk gets full."}
      </p>
    </div>
  );
}

/** "no": data sets are kept only when a person says so. */
export const KEEP_DATA = "keep-data";

function KeepData() {
  const { store } = useStudio();
  const on = useSlice((state) => state.library.keepsData);
  return (
    <label>
      <input
        type="checkbox"
        checked={on}
        onChange={({ currentTarget: { checked } }) => {
          store.keepData(checked);
          remember(KEEP_DATA, checked ? "yes" : "no");
        }}
      />{" "}
      Save data sets under {formatBytes(KEPT_BYTES)} when a run starts on them, so that it can be resumed in a later
      visit
    </label>
  );
}
