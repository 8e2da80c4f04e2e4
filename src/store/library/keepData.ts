/** Data sets of the user's own are kept when a run starts on them, so that the run can go on in a later visit. */
import type { SessionContext, SessionPart } from "../sessionPart";

export function createDataKeeping({ store, send }: SessionContext): SessionPart {
  let asked: string | undefined;
  return {
    takeEvent(event, before) {
      if (event.type !== "state" || event.state !== "running") return;
      if (before.runs.byId.get(event.run)?.run.state === "running") return;
      const { runs, library } = store.getState();
      const identity = runs.byId.get(event.run)?.run.prepared?.inputs?.data?.identity;
      if (identity === undefined || identity === asked || !library.keepsData || library.problem !== "") return;
      asked = identity;
      send({ type: "library-keep", what: "data", ifSmall: true });
    },
  };
}
