/** What looking at data asks of the session, and when. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Command } from "../../src/contracts/command";
import type { RunEvent } from "../../src/contracts/runEvent";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import { createThumbnailQueue, type Look } from "../../src/store/data/thumbnailQueue";
import { createSession } from "../../src/store/session";
import { createStudioStore } from "../../src/store/studio";

const catalogue = buildCatalogue([], null, []);
const entry = { id: "folder", label: "streets", help: "", tasks: ["semseg"], legends: {}, train: 30, val: 14 };
const opened: RunEvent = { type: "data", entry, report: [] };

function open(hash = "") {
  const sent: Command[] = [];
  let tell: (event: RunEvent) => void = () => {};
  const store = createStudioStore();
  const session = createSession(
    store,
    {
      send: (command) => command.type !== "count" && command.type !== "library" && sent.push(command),
      subscribe: (listener) => {
        tell = listener;
        return () => {};
      },
    },
    { link: { query: "", hash } },
  );
  tell({ type: "catalogue", catalogue });
  return { sent, tell, store, session };
}
const kinds = (sent: readonly Command[]): string[] => sent.map(({ type }) => type);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a folder that is opened", () => {
  function openFolder() {
    const page = open("#view=data");
    vi.runAllTimers();
    page.sent.length = 0;
    page.session.openFolder("streets", []);
    page.tell(opened);
    vi.runAllTimers();
    return page;
  }

  it("is looked through at once, counted and previewed; nothing is prepared", () => {
    const { sent, store } = openFolder();
    expect(kinds(sent)).toEqual(["open-folder", "survey", "count-subset", "augment-preview"]);
    expect(sent[1]).toMatchObject({ config: { tasks: ["semseg"], data: { source: "folder" } } });
    expect(store.getState().data.survey.running).toBe(true);
  });

  it("brings the view of data up, wherever it was opened", () => {
    const { store, session, tell } = open();
    session.openFolder("streets", []);
    expect(store.getState().view).toBe("data");
    store.show("train");
    tell(opened);
    expect(store.getState().view).toBe("data");
  });

  it("is looked through anew once for labelEncodings that follow each other quickly, and not for a choice of images", () => {
    const { sent, store } = openFolder();
    sent.length = 0;
    store.setEncoding("semseg", { ignore: [0] });
    store.setEncoding("semseg", { ignore: [0, 255] });
    vi.runAllTimers();
    expect(sent.filter(({ type }) => type === "survey")).toMatchObject([
      { config: { data: { labelEncodings: { semseg: { ignore: [0, 255] } } } } },
    ]);
    sent.length = 0;
    store.editData({ select: { without: ["a"] } });
    vi.runAllTimers();
    expect(sent).toMatchObject([
      { type: "count-subset", config: { data: { select: { without: ["a"] } } } },
      { type: "augment-preview", config: { data: { select: { without: ["a"] } } }, image: 0 },
    ]);
  });

  it("is used when a person says so: prepared in the view of the run, started when that was asked", () => {
    const { sent, store, session } = openFolder();
    sent.length = 0;
    session.takeData(false);
    expect(store.getState().view).toBe("train");
    vi.runAllTimers();
    expect(sent).toMatchObject([{ type: "prepare", config: { data: { source: "folder" }, tasks: ["semseg"] } }]);
  });

  it("starts as soon as the model is ready, where it was used to start", () => {
    const { sent, session, tell, store } = openFolder();
    sent.length = 0;
    session.takeData(true);
    vi.runAllTimers();
    expect(kinds(sent)).toEqual(["prepare"]);
    tell({ type: "state", run: store.getState().runs.current!, state: "ready", message: "" });
    expect(kinds(sent)).toEqual(["prepare", "start"]);
  });

  it("previews anew when a random change is set", () => {
    const { sent, store } = openFolder();
    sent.length = 0;
    store.setField("data.augment.horizontalFlip", !store.getState().setup.config!.data.augment.horizontalFlip);
    vi.runAllTimers();
    expect(kinds(sent)).toEqual(["augment-preview"]);
  });
});

describe("pictures of the built-in scenes", () => {
  it("are asked for in portions, the next when the one before has come, and late ones of other data are not taken", () => {
    const { sent, tell, store, session } = open("#view=data");
    vi.advanceTimersByTime(1000);
    sent.length = 0;
    const looks = Array.from({ length: 20 }, (_, index): Look => ({ split: "train", index, side: 96 }));
    session.lookAt(looks);
    const asked = sent[0] as Extract<Command, { type: "thumbnails" }>;
    expect(asked.indices).toEqual(looks.slice(0, 12).map(({ index }) => index));
    const image = { width: 1, height: 1, rgba: new Uint8ClampedArray(4) };
    const come = (indices: readonly number[]): void =>
      tell({
        type: "thumbnails",
        split: "train",
        samples: indices.map((index) => ({ index, id: `${index}`, image, labels: [] })),
      });
    come([99]);
    expect(store.getState().data.thumbnails.pictures.size).toBe(0);
    come(asked.indices);
    expect(sent).toHaveLength(2);
    expect((sent[1] as typeof asked).indices).toEqual(looks.slice(12).map(({ index }) => index));
  });
});

describe("the queue of thumbnails", () => {
  const kept = new Set<string>();
  const look = (index: number, side = 96): Look => ({ split: "train", index, side });
  function queue() {
    kept.clear();
    const sent: (readonly number[])[] = [];
    const made = createThumbnailQueue(
      ({ indices }) => sent.push(indices),
      (key) => kept.has(key),
    );
    const come = (index: number): void => {
      kept.add(`train ${index}`);
      made.take("train", [index]);
      made.goOn();
    };
    return { sent, come, made };
  }

  it("asks for what is looked at now before what was scrolled past", () => {
    const { sent, come, made } = queue();
    made.want([look(0)]);
    made.want([look(1)]);
    made.want([look(2)]);
    come(0);
    expect(sent).toEqual([[0], [2]]);
  });

  it("asks for a larger picture of one that is there, and not twice for the same", () => {
    const { sent, come, made } = queue();
    made.want([look(0)]);
    come(0);
    made.want([look(0)]);
    made.want([look(0, 480)]);
    expect(sent).toEqual([[0], [0]]);
  });

  it("asks again for a picture that was dropped, but not in a circle where there is no room for what is in sight", () => {
    const { sent, come, made } = queue();
    made.want([look(0), look(1)]);
    come(0);
    kept.delete("train 0");
    come(1);
    expect(sent).toHaveLength(1);
    made.want([look(0), look(1)]);
    expect(sent).toEqual([[0, 1], [0]]);
  });

  it("gives up an answer that never comes, and goes on with what is wanted then", () => {
    const { sent, made } = queue();
    made.want([look(0)]);
    made.want([look(0), look(1)]);
    vi.advanceTimersByTime(60_000);
    expect(sent).toEqual([[0], [1]]);
    made.stop();
  });

  it("wants nothing more once stopped, and knows nothing of other data once cleared", () => {
    const { sent, come, made } = queue();
    made.want([look(0)]);
    come(0);
    made.clear();
    expect(made.take("train", [0])).toBe(false);
    made.want([look(0)]);
    expect(sent).toEqual([[0], [0]]);
    made.stop();
    vi.advanceTimersByTime(60_000);
    expect(sent).toHaveLength(2);
  });
});
