import { Keyboard } from "lucide-react";
import { useEffect, useEffectEvent } from "react";
import type { View } from "../../../store/setup/urlState";
import { useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { Dialog } from "../../parts/Dialog";
import styles from "../../parts/dialog.module.css";
import { usePossible } from "./Transport";

const keys = [
  ["Space", "Start or pause the run, or its study"],
  ["S", "One step"],
  ["E", "Evaluate now"],
  ["R", "Reset: a new run from step 0; Undo shows the one before"],
  ["Arrows", "In the table of warps: next matrix; in the images of a data set: next image, with Shift to select"],
  ["Enter", "In the images of a data set: look at it closely; Space selects"],
  ["?", "This sheet"],
] as const;

type Actions = Readonly<Record<string, () => unknown>>;

/** Keys that a control under the focus needs for itself are left to it. */
const belongsToControl = (event: KeyboardEvent): boolean => {
  const target = event.target as HTMLElement;
  if (target.closest("input:not([type=checkbox]):not([type=radio]), select, textarea, dialog, [contenteditable]"))
    return true;
  return event.key === " " && target.closest("button, summary, a, input") !== null;
};

/** Keyboard shortcuts, and the sheet that lists them. */
export function Shortcuts() {
  const can = usePossible();
  const view = useSlice((state) => state.view);
  const { store, session } = useStudio();
  const dialog = useSlice((state) => state.open);
  const close = (): void => store.openDialog("");
  const press = useEffectEvent((event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || belongsToControl(event)) return;
    const transport: Actions = {
      " ": () => can.toggle && (can.running ? session.pause() : session.start()),
      s: () => can.step && session.step(),
      e: () => can.evaluate && session.evaluate(),
      r: () => can.reset && session.reset(),
    };
    const actions: Record<View, Actions> = { train: transport, runs: transport, data: {}, check: {}, library: {} };
    const action = { ...actions[view], "?": () => store.openDialog("shortcuts") }[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => press(event);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
  return (
    <>
      <button
        type="button"
        className={controls.icon}
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
        onClick={() => store.openDialog("shortcuts")}
      >
        <Keyboard size={15} />
      </button>
      <Dialog title="Keyboard shortcuts" open={dialog === "shortcuts"} onClose={close}>
        <dl className={styles.keys}>
          {keys.map(([key, meaning]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
        <div className={controls.answers}>
          <button type="button" className={controls.button} onClick={close}>
            Close
          </button>
        </div>
      </Dialog>
    </>
  );
}
