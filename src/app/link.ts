import { editablePaths } from "../store/setup/checkField";
import { linkAliases, writeLink, writePlace } from "../store/setup/urlState";
import type { StudioStore } from "../store/studio";

/** Keeps the page's address in step with the set-up; fields named in the query move behind "#", where they can change. */
export function keepLink(store: StudioStore): void {
  store.subscribe((state, before) => {
    const { known } = state.catalogue;
    const { config, preset } = state.setup;
    if (!known || !config || (config === before.setup.config && state.view === before.view)) return;
    const query = new URLSearchParams(location.search);
    for (const key of ["preset", "view", "race", ...linkAliases, ...editablePaths(known, config)]) query.delete(key);
    const parts = [writePlace(state.view), writeLink(known, { preset, config })];
    const hash = parts.filter(Boolean).join("&");
    const search = query.size > 0 ? `?${query}` : "";
    history.replaceState(null, "", `${location.pathname}${search}${hash ? `#${hash}` : ""}`);
  });
}
