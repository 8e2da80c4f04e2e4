/**
 * The page's address and the store, each kept in step with the other. Another view and a dialog are entries of the browser's history, so that Back
 * leaves them; a changed setting replaces the entry. An entry that the page wrote brings back what was shown, not old settings; an address that a person
 * edited is followed in full.
 */

import { sameValue } from "../store/setup/paths";
import { isOfLink, readLink, readPlace, writeLink, writePlace } from "../store/setup/urlState";
import { dialogOf, type StudioState, type StudioStore } from "../store/studio";

/** What the page notes in its entries; an edited address has none. */
interface Entry {
  /** The entry before is the page without the dialog that this one shows. */
  readonly opened: boolean;
}

const placeOf = (state: StudioState) => ({
  view: state.view,
  race: state.race.chosen,
  open: dialogOf(state),
  shown: state.shown,
});

/** The address of what the page shows; null before it knows what exists. Fields named in the query move behind "#". */
function addressOf(state: StudioState): string | null {
  const { known } = state.catalogue;
  const { config, preset } = state.setup;
  if (!known || !config) return null;
  const query = new URLSearchParams(location.search);
  for (const key of [...query.keys()]) if (isOfLink(known, config, key)) query.delete(key);
  const hash = [writePlace(placeOf(state)), writeLink(known, { preset, config })].filter(Boolean).join("&");
  return `${location.pathname}${query.size > 0 ? `?${query}` : ""}${hash ? `#${hash}` : ""}`;
}

export function bindAddress(store: StudioStore): void {
  let following = false;
  const write = (state: StudioState, before: StudioState): void => {
    const address = addressOf(state);
    if (address === null || address === location.pathname + location.search + location.hash) return;
    const [dialog, last] = [dialogOf(state), dialogOf(before)];
    const sameView = state.view === before.view || before.setup.config === null;
    const entered = !sameView || (dialog !== "" && last === "");
    const { opened = false } = (history.state as Entry | null) ?? {};
    if (sameView && dialog === "" && last !== "" && opened) history.back();
    else if (entered) history.pushState({ opened: sameView } satisfies Entry, "", address);
    else history.replaceState({ opened } satisfies Entry, "", address);
  };
  const follow = (edited: boolean): void => {
    const { known } = store.getState().catalogue;
    if (!known) return;
    const { search, hash } = location;
    following = true;
    store.showPlace(readPlace(search, hash));
    if (edited) followSetup(store, search, hash);
    following = false;
    write(store.getState(), store.getState());
  };
  store.subscribe((state, before) => {
    if (!following) write(state, before);
  });
  window.addEventListener("popstate", ({ state }) => follow(state === null));
}

function followSetup(store: StudioStore, query: string, hash: string): void {
  const { catalogue, setup } = store.getState();
  const given = readLink(catalogue.known!, query, hash);
  const same = sameValue(given.config, setup.config) && given.preset === setup.preset;
  if (!same || given.notices.length > 0) store.begin(given);
}
