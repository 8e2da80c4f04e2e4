/** Requests to the worker about the data in view: a survey, a count, augmented images. Each is of the data as it is now. */

import type { SessionContext } from "../sessionPart";
import { configLookedAt, labelsLookedAt } from "./dataSlice";

/** How many changed pictures are shown of one image. */
const CHANGED = 8;

export interface LookRequests {
  survey(): void;
  count(): void;
  preview(): void;
}

export function createLookRequests({ store, send }: SessionContext): LookRequests {
  return {
    survey() {
      const config = labelsLookedAt(store.getState());
      if (!config) return;
      store.markSurveying();
      send({ type: "survey", config });
    },
    count() {
      const config = configLookedAt(store.getState());
      if (!config) return;
      store.markCounting(config);
      send({ type: "count-subset", config });
    },
    preview() {
      const taken = configLookedAt(store.getState());
      const looked = labelsLookedAt(store.getState());
      if (!taken || !looked) return;
      // Of the images that a run would take, with the labels of every task that is looked at.
      const config = { ...looked, data: taken.data };
      store.markPreviewing();
      send({ type: "augment-preview", config, image: store.getState().data.augmented.image, count: CHANGED });
    },
  };
}
