import { Check, Copy } from "lucide-react";
import { type ReactNode, useState } from "react";
import controls from "./controls.module.css";

interface Props {
  readonly text: () => string | Promise<string>;
  /** Accessible name. */
  readonly label: string;
  /** What stands beside the icon; nothing unless given. */
  readonly children?: ReactNode;
}

/** Copies a text, and says whether the browser let it. */
export function CopyButton({ text, label, children }: Props) {
  const [said, setSaid] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(await text());
      setSaid("copied");
    } catch {
      setSaid("the browser refused");
    }
  };
  return (
    <button
      type="button"
      className={children === undefined ? controls.plain : controls.button}
      aria-label={label}
      title={said || label}
      onClick={copy}
      onPointerLeave={() => setSaid("")}
    >
      {said === "copied" ? <Check size={13} /> : <Copy size={13} />}
      {children}
      <span className={said && children !== undefined ? undefined : "unseen"} aria-live="polite">
        {said}
      </span>
    </button>
  );
}
