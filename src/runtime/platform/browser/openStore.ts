/** The place where this browser keeps things from visit to visit, where it has one. */
import type { Store } from "../storage";
import { opfsStore } from "./storageOpfs";

/** A store, or a sentence that says why there is none. */
export type Opened = { readonly store: Store } | { readonly whyNot: string };

/** Tries it: private windows may have the way in and refuse what is behind it. */
export async function openStore(storage: StorageManager | undefined): Promise<Opened> {
  if (!storage?.getDirectory)
    return { whyNot: "this browser gives pages no storage of their own, or the page does not come over https" };
  const store = opfsStore(() => storage.getDirectory());
  try {
    await store.write(PROBE, new Uint8Array(1));
    await store.remove(PROBE);
    return { store };
  } catch (error) {
    const { name, message } = error as Error;
    return { whyNot: `the browser refuses this page its storage, as private windows may do (${name}: ${message})` };
  }
}

const PROBE = "notes/probe";
