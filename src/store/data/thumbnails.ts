/** Requests for thumbnails: of the images in sight, of the data in view. */
import type { RunEvent } from "../../contracts/runEvent";
import type { SessionContext, SessionPart } from "../sessionPart";
import { configLookedAt, labelsLookedAt } from "./dataSlice";
import { createThumbnailQueue, type Look } from "./thumbnailQueue";
import { thumbnailKey } from "./thumbnailSlice";

export interface ThumbnailCommands {
  /** What is to be seen now, the most wanted first. */
  lookAt(looks: readonly Look[]): void;
}

export interface Thumbnails extends SessionPart {
  readonly commands: ThumbnailCommands;
  /** Before the store has the event; false: it is of data that is no longer looked at. */
  admits(event: RunEvent): boolean;
}

export function createThumbnails({ store, send }: SessionContext): Thumbnails {
  const queue = createThumbnailQueue(
    (portion) => {
      const config = labelsLookedAt(store.getState());
      if (config) send({ type: "thumbnails", config, ...portion });
    },
    (key) => store.getState().data.thumbnails.pictures.has(key),
  );
  return {
    commands: {
      lookAt(looks) {
        store.touchThumbnails(looks.map(({ split, index }) => thumbnailKey(split, index)));
        queue.want(looks);
      },
    },
    admits: (event) =>
      event.type !== "thumbnails" ||
      queue.take(
        event.split,
        event.samples.map(({ index }) => index),
      ),
    takeEvent(event) {
      if (event.type === "thumbnails") queue.goOn();
      if (event.type === "failed" && event.of === "thumbnails") queue.stop();
      if (event.type === "data") queue.clear();
    },
    takeChange(state, before) {
      if (state.view !== "data" || before.view !== "data") return;
      const [now, then] = [configLookedAt(state), configLookedAt(before)];
      if (now && then && now.data.source !== then.data.source) queue.clear();
    },
    dispose: queue.stop,
  };
}
