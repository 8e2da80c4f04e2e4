import { editablePaths } from "../store/checkField";
import type { StudioStore } from "../store/studio";
import { writeLink } from "../store/urlState";

/** Keeps the page's address in step with the set-up; fields named in the query move behind "#", where they can change. */
export function keepLink(store: StudioStore): void {
  store.subscribe((state, before) => {
    const { known } = state.catalogue;
    if (!known || !state.setup.config || state.setup.config === before.setup.config) return;
    const query = new URLSearchParams(location.search);
    for (const key of ["preset", ...editablePaths(known)]) query.delete(key);
    const hash = writeLink(known, { preset: state.setup.preset, config: state.setup.config });
    const search = query.size > 0 ? `?${query}` : "";
    history.replaceState(null, "", `${location.pathname}${search}${hash ? `#${hash}` : ""}`);
  });
}
