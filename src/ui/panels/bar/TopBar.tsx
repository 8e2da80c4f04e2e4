import { Link } from "lucide-react";
import { useState } from "react";
import { useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { Segments } from "../../parts/Segments";
import styles from "./bar.module.css";
import { DeviceMenu } from "./DeviceMenu";
import { ProgressLine, RunStatus } from "./RunStatus";
import { SaveMenu } from "./SaveMenu";
import { Shortcuts } from "./Shortcuts";
import { ThemeButton } from "./ThemeButton";
import { Transport } from "./Transport";

const views = [
  { id: "train", label: "Train", help: "One run" },
  { id: "runs", label: "Runs", help: "All runs side by side: races, sweeps, curves, differences" },
  { id: "data", label: "Data", help: "Images and labels, and which of them a run uses" },
  { id: "check", label: "Check", help: "Does this device compute what it should?" },
  { id: "library", label: "Library", help: "What this browser stores: runs, weights, data sets" },
] as const;

/** Name, view, transport, progress, device, and the small tools. */
export function TopBar() {
  const { store } = useStudio();
  const view = useSlice((state) => state.view);
  return (
    <header className={styles.bar}>
      <h1 className={styles.name}>
        <Mark /> DiTASK <span>Studio</span>
      </h1>
      <Segments label="View" choices={views} chosen={view} onChoose={store.show} />
      {(view === "train" || view === "runs") && <Transport />}
      {(view === "train" || view === "runs") && <RunStatus />}
      {(view === "data" || view === "check" || view === "library") && <div className={styles.status} />}
      <div className={styles.tools}>
        <DeviceMenu />
        <SaveMenu />
        <CopyLink />
        <ThemeButton />
        <Shortcuts />
      </div>
      {(view === "train" || view === "runs") && <ProgressLine />}
    </header>
  );
}

/** A warp against the identity. */
const Mark = () => (
  <svg viewBox="0 0 32 32" width={20} height={20} aria-hidden="true">
    <rect width="32" height="32" rx="6" fill="var(--accent)" />
    <path d="M6 26 26 6" stroke="var(--accent-ink)" strokeOpacity={0.5} strokeWidth={2} strokeDasharray="2.5 3" />
    <path d="M6 26C14 25 13 18 16 16S18 7 26 6" fill="none" stroke="var(--accent-ink)" strokeWidth={3} />
  </svg>
);

function CopyLink() {
  const [said, setSaid] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(location.href);
      setSaid("Link copied");
    } catch {
      setSaid("Copy the address of this page: it holds the set-up");
    }
  };
  return (
    <button
      type="button"
      className={controls.icon}
      aria-label="Copy a link to this set-up"
      title={said || "Copy a link to this set-up, seed included"}
      onClick={copy}
      onPointerLeave={() => setSaid("")}
    >
      <Link size={15} />
      <span className="unseen" aria-live="polite">
        {said}
      </span>
    </button>
  );
}
