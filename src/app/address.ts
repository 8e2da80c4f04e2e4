/**
 * The page's address and the store, each kept in step with the other. Another view and a dialog are entries of the browser's history, so that Back
 * leaves them; a changed setting replaces the entry. An entry that the page wrote brings back what was shown, not old settings; an address that a person
 * edited is followed in full.
 */

import { sameValue } from "../store/setup/paths";
import { isOfLink, readLink, readPlace, type View, writeLink, writePlace } from "../store/setup/urlState";
import { dialogOf, type StudioState, type StudioStore } from "../store/studio";

/** What the page notes in its entries; an edited address has none. */
interface Entry {
  /** The entry before is the page without the dialog that this one shows. */
  readonly opened: boolean;
}

interface Seen {
  readonly view: View;
  readonly dialog: string;
}

const placeOf = (state: StudioState) => ({
  view: state.view,
  race: state.runs.proposed,
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
  /** What the entry shows; null before the first was written. Changes may come nested, so that the store's own "before" is no measure. */
  let last: Seen | null = null;
  let following = false;
  const write = (): void => {
    const state = store.getState();
    const address = addressOf(state);
    if (address === null || following) return;
    const now = { view: state.view, dialog: dialogOf(state) };
    const before = last ?? now;
    last = now;
    writeEntry(before, now, address);
  };
  const follow = (edited: boolean): void => {
    if (!last) return;
    const { search, hash } = location;
    following = true;
    store.showPlace(readPlace(search, hash));
    if (edited) followSetup(store, search, hash);
    following = false;
    // The entry has it all already, but for settings that are newer than it.
    last = null;
    write();
  };
  store.subscribe(write);
  window.addEventListener("popstate", ({ state }) => follow(state === null));
}

function writeEntry(before: Seen, now: Seen, address: string): void {
  const entry = history.state as Entry | null;
  if (entry && address === location.pathname + location.search + location.hash) return;
  const sameView = now.view === before.view;
  const opened = entry?.opened ?? false;
  if (sameView && now.dialog === "" && before.dialog !== "" && opened) history.back();
  else if (!sameView || (now.dialog !== "" && before.dialog === ""))
    history.pushState({ opened: sameView } satisfies Entry, "", address);
  else history.replaceState({ opened } satisfies Entry, "", address);
}

function followSetup(store: StudioStore, query: string, hash: string): void {
  const { catalogue, setup, adapter } = store.getState();
  const given = readLink(catalogue.known!, query, hash, adapter.report?.ref.sha256);
  const same = sameValue(given.config, setup.config) && given.preset === setup.preset;
  if (!same || given.notices.length > 0) store.begin(given);
}
