/**
 * What looking at data means for the worker: when files are looked through anew, what is counted, which pictures are asked for. Plain functions
 * over the store and a client, as the rest of the session.
 */
import type { RunConfig } from "../contracts/runConfig";
import type { RunEvent } from "../contracts/runEvent";
import { configLookedAt } from "./dataSlice";
import { lookConfig } from "./draft";
import { sameValue } from "./paths";
import type { Client } from "./session";
import type { StudioState, StudioStore } from "./studio";
import { createThumbnailQueue, type Look } from "./thumbnailQueue";
import { thumbnailKey } from "./thumbnailSlice";

/** How many changed pictures are shown of one image. */
const CHANGED = 8;

export interface Examination {
  /** Before the store has the event; false: it is of data that is no longer looked at. */
  admits(event: RunEvent): boolean;
  /** After the store has the event. `asked`: it answers the opening of files. */
  takeEvent(event: RunEvent, asked: boolean): void;
  takeChange(state: StudioState, before: StudioState): void;
  survey(): void;
  /** What is to be seen now, the most wanted first. */
  lookAt(looks: readonly Look[]): void;
  /** The random changes of a training image: of this id, or at this place among those that a run takes. */
  preview(image: string | number): void;
  dispose(): void;
}

/** What the files are read by: another value needs another look through them. */
const readBy = ({ data: { source, layout, valShare, readings }, customTasks }: RunConfig): unknown => [
  source,
  layout,
  valShare,
  readings,
  customTasks,
];

/** What is counted. */
const countedBy = ({ data: { augment: _, ...data }, tasks, training }: RunConfig): unknown => [
  data,
  tasks,
  training.seed,
];

/** What the random changes depend on. */
const changedBy = ({ data: { augment, select, train }, input, backbone, training }: RunConfig): unknown => [
  augment,
  select,
  train,
  input,
  backbone,
  training.seed,
];

export function createExamination(store: StudioStore, client: Client, delayMs: number): Examination {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const soon = (name: string, act: () => void, ms: number): void => {
    clearTimeout(timers.get(name));
    timers.set(name, setTimeout(act, ms));
  };
  const look = (): RunConfig | null => {
    const { catalogue, setup, data } = store.getState();
    return catalogue.known && setup.config ? lookConfig(catalogue.known, setup.config, data.draft) : null;
  };
  const queue = createThumbnailQueue(
    (portion) => {
      const config = look();
      if (config) client.send({ type: "thumbnails", config, ...portion });
    },
    (key) => store.getState().data.thumbnails.pictures.has(key),
  );
  const survey = (): void => {
    clearTimeout(timers.get("survey"));
    const config = look();
    if (!config) return;
    store.markSurveying();
    client.send({ type: "survey", config });
  };
  const count = (): void => {
    const config = configLookedAt(store.getState());
    if (!config) return;
    store.markCounting(config);
    client.send({ type: "count-subset", config });
  };
  const preview = (): void => {
    const taken = configLookedAt(store.getState());
    const whole = look();
    if (!taken || !whole) return;
    // Of the images that a run would take, with the labels of every task that is looked at.
    const config = { ...whole, data: taken.data };
    store.markPreviewing();
    client.send({ type: "augment-preview", config, image: store.getState().data.augmented.image, count: CHANGED });
  };
  return {
    admits: (event) =>
      event.type !== "thumbnails" ||
      queue.take(
        event.split,
        event.samples.map(({ index }) => index),
      ),
    takeEvent(event, asked) {
      if (event.type === "thumbnails") queue.goOn();
      if (event.type === "failed" && event.of === "thumbnails") queue.stop();
      if (event.type !== "data") return;
      queue.clear();
      if (asked) {
        store.show("data");
        survey();
      }
      if (store.getState().view !== "data") return;
      soon("count", count, delayMs / 4);
      soon("preview", preview, delayMs / 4);
    },
    takeChange(state, before) {
      if (state.view !== "data") return;
      const now = configLookedAt(state);
      const then = configLookedAt(before);
      if (!now) return;
      const entered = before.view !== "data" || !then;
      const isOpened = now.data.source === state.catalogue.opened?.entry.id;
      const other = now.data.source !== then?.data.source;
      if (other && !entered) queue.clear();
      if (!entered && isOpened && !other && !sameValue(readBy(now), readBy(then))) soon("survey", survey, delayMs);
      if (entered || !sameValue(countedBy(now), countedBy(then))) soon("count", count, delayMs / 2);
      if (entered || other || !sameValue(changedBy(now), changedBy(then))) soon("preview", preview, delayMs / 2);
    },
    survey,
    lookAt(looks) {
      store.touchThumbnails(looks.map(({ split, index }) => thumbnailKey(split, index)));
      queue.want(looks);
    },
    preview(image) {
      store.chooseImage(image);
      soon("preview", preview, 0);
    },
    dispose() {
      for (const timer of timers.values()) clearTimeout(timer);
      queue.stop();
    },
  };
}
