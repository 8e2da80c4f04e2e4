import { Link } from "lucide-react";
import { useState } from "react";
import controls from "../controls.module.css";
import styles from "./bar.module.css";
import { DeviceMenu } from "./DeviceMenu";
import { ProgressLine, RunStatus } from "./RunStatus";
import { SaveMenu } from "./SaveMenu";
import { Shortcuts } from "./Shortcuts";
import { ThemeButton } from "./ThemeButton";
import { Transport } from "./Transport";

/** Name, transport, progress, device, and the small tools. */
export function TopBar() {
  return (
    <header className={styles.bar}>
      <h1 className={styles.name}>
        <img src="./icon.svg" alt="" width={18} height={18} /> DiTASK <span>Studio</span>
      </h1>
      <Transport />
      <RunStatus />
      <div className={styles.tools}>
        <DeviceMenu />
        <SaveMenu />
        <CopyLink />
        <ThemeButton />
        <Shortcuts />
      </div>
      <ProgressLine />
    </header>
  );
}

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
