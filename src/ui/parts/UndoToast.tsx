import { X } from "lucide-react";
import { useSlice, useStudio } from "./context";
import controls from "./controls.module.css";

/** What was just done, with a way back while there is one. */
export function UndoToast() {
  const { session } = useStudio();
  const toast = useSlice(({ runs }) => runs.toast);
  return (
    <div aria-live="polite" className={controls.toasts}>
      {toast && (
        <div className={controls.toast}>
          <p>{toast.text}</p>
          <button type="button" className={controls.button} onClick={session.undo}>
            Undo
          </button>
          <button type="button" className={controls.icon} aria-label="Hide" onClick={session.dismissToast}>
            <X size={15} />
          </button>
        </div>
      )}
    </div>
  );
}
