/** Commands of the data view: when files are surveyed anew, when a subset is counted, when augmentation is shown. */

import type { SessionContext, SessionPart } from "../sessionPart";
import { createTimers } from "../timers";
import { createLookRequests } from "./lookRequests";
import { staleLooks } from "./staleLooks";

export interface InspectionCommands {
  survey(): void;
  /** The random changes of a training image: of this id, or at this place among those that a run takes. */
  preview(image: string | number): void;
}

export interface Examination extends SessionPart {
  readonly commands: InspectionCommands;
}

export function createInspection(context: SessionContext): Examination {
  const { store, delayMs } = context;
  const { soon, cancel, dispose } = createTimers();
  const { survey: ask, count, preview } = createLookRequests(context);
  const survey = (): void => {
    cancel("survey");
    ask();
  };
  return {
    commands: {
      survey,
      preview(image) {
        store.chooseImage(image);
        soon("preview", preview, 0);
      },
    },
    takeEvent(event, before) {
      if (event.type !== "data") return;
      // The data answers the opening of files.
      if (before.catalogue.opening !== null && !before.library.bringing) {
        store.show("data");
        survey();
      }
      if (store.getState().view !== "data") return;
      soon("count", count, delayMs / 4);
      soon("preview", preview, delayMs / 4);
    },
    takeChange(state, before) {
      const stale = staleLooks(state, before);
      if (stale?.survey) soon("survey", survey, delayMs);
      if (stale?.count) soon("count", count, delayMs / 2);
      if (stale?.preview) soon("preview", preview, delayMs / 2);
    },
    dispose,
  };
}
