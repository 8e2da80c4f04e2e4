/** What is looked at of the data before a run uses it: drafts, label encodings, choices by hand, pictures, progress. */
import { describe, expect, it } from "vitest";
import type { Command } from "../../src/contracts/command";
import type { Picture } from "../../src/contracts/picture";
import type { RunEvent } from "../../src/contracts/runEvent";
import type { Guess, Survey } from "../../src/contracts/survey";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { foldAugmented, noAugmented } from "../../src/store/data/augmentedSlice";
import { configLookedAt } from "../../src/store/data/dataSlice";
import { isFollowed, isPending, lookConfig } from "../../src/store/data/draft";
import { clearByHand, leaveOut, takeBack, takeOnly, toggleClass } from "../../src/store/data/selection";
import { foldSubset, noSubset } from "../../src/store/data/subsetSlice";
import { askSurvey, foldSurvey, noSurvey } from "../../src/store/data/surveySlice";
import { foldThumbnails, noThumbnails, touchThumbnails } from "../../src/store/data/thumbnailSlice";
import { createStudioStore } from "../../src/store/studio";

const config = presets[0]!.config;
const catalogue = buildCatalogue([], null, []);
const entry = { id: "folder", label: "streets", help: "", tasks: ["semseg", "depth"], legends: {}, train: 30, val: 14 };
const opened: Extract<RunEvent, { type: "data" }> = {
  type: "data",
  entry,
  report: [{ path: "a.png", reason: "has no image" }],
};
const remembered: RunEvent = {
  ...opened,
  entry: {
    ...entry,
    opened: {
      layout: "plain",
      valShare: 0.4,
      labelEncodings: { depth: { scale: 0.01 } },
      fingerprint: "1",
      seen: "images/",
    },
  },
};
const failed = (of: Command["type"]): RunEvent => ({
  type: "failed",
  message: "It cannot be read.",
  detail: "",
  recoverable: true,
  of,
});
const survey: Survey = {
  name: "streets",
  fingerprint: "1",
  layout: "plain",
  seen: "images/",
  tasks: [],
  samples: [],
  read: 0,
  problems: [],
};

/** With samples, all but "whole" broken. */
const surveyOf = (broken: readonly string[]): Survey => ({
  ...survey,
  samples: [
    { id: "whole", split: "train", labels: [] },
    ...broken.map((id) => ({ id, split: "train" as const, labels: [], problem: "is cut short" })),
  ],
});

function open(answer: RunEvent = opened) {
  const store = createStudioStore();
  store.apply({ type: "catalogue", catalogue });
  store.begin({ preset: presets[0]!.id, config, notices: [] });
  store.markAsked({ type: "open-folder", name: "streets", files: [] });
  store.apply(answer);
  return store;
}

describe("opened files", () => {
  it("are looked at and not used: the set-up stays until they are taken", () => {
    const store = open();
    const { setup, data, catalogue: known } = store.getState();
    expect(setup.config).toEqual(config);
    expect(known.opening).toBeNull();
    expect(data.draft?.data).toMatchObject({ source: "folder", train: 0, val: 0, layout: "auto", labelEncodings: {} });
    expect(data.draft?.tasks).toEqual(["semseg"]);
  });

  it("tell how far they are, only those that were asked for, and no more once they are there", () => {
    const store = open({ type: "opening", label: "other", done: 1, total: 9 });
    expect(store.getState().catalogue.openingProgress).toBeNull();
    store.apply({ type: "opening", label: "streets", done: 3, total: 9 });
    expect(store.getState().catalogue.openingProgress).toEqual({ done: 3, total: 9 });
    store.apply(opened);
    expect(store.getState().catalogue).toMatchObject({ opening: null, openingProgress: null });
    store.markAsked({ type: "open-folder", name: "streets", files: [] });
    store.apply({ type: "opening", label: "streets", done: 9, total: 9 });
    store.markAsked({ type: "open-folder", name: "rooms", files: [] });
    expect(store.getState().catalogue).toMatchObject({ opening: "rooms", openingProgress: null });
  });

  it("become the set-up's with tasks, label encodings, layout, share and choice; random changes are the set-up's all along", () => {
    const store = open();
    store.editData({ layout: "plain", valShare: 0.3, train: 9, select: { without: ["x"] } });
    store.editTasks(["semseg", "depth"]);
    store.setEncoding("depth", { scale: 0.01 });
    store.setField("data.augment.horizontalFlip", false);
    store.takeData();
    const { setup, data } = store.getState();
    expect(data.draft).toBeNull();
    expect(setup.config?.tasks).toEqual(["semseg", "depth"]);
    expect(setup.config?.data).toEqual({
      source: "folder",
      train: 9,
      val: 0,
      layout: "plain",
      valShare: 0.3,
      select: { without: ["x"] },
      labelEncodings: { depth: { scale: 0.01 } },
      augment: { ...config.data.augment, horizontalFlip: false },
    });
  });

  it("begin with the labelEncodings that were set for the same files before", () => {
    expect(open(remembered).getState().data.draft?.data).toMatchObject({
      layout: "plain",
      valShare: 0.4,
      labelEncodings: { depth: { scale: 0.01 } },
    });
  });

  it("that are opened anew by a look through them keep the draft and update what is known of them", () => {
    const store = open();
    store.editData({ valShare: 0.5 });
    store.apply({ ...opened, entry: { ...entry, train: 22, val: 22 } });
    expect(store.getState().data.draft?.data.valShare).toBe(0.5);
    expect(store.getState().catalogue.opened?.entry.train).toBe(22);
  });

  it("are forgotten when another source is chosen in the set-up, and come back all of them when looked at", () => {
    const store = open();
    store.editData({ train: 3 });
    store.setField("data.source", "scenes");
    expect(store.getState().data.draft).toBeNull();
    store.examine("folder");
    expect(store.getState().data.draft?.data).toMatchObject({ source: "folder", train: 0 });
    store.examine("scenes");
    expect(store.getState().data.draft).toBeNull();
  });

  it("are used without the images that were found broken, which nobody has to leave out", () => {
    const store = open();
    const found = (ids: readonly string[]): RunEvent => ({ type: "survey", survey: surveyOf(ids) });
    store.editData({ select: { without: ["x"] } });
    store.apply(found(["torn", "x"]));
    expect(configLookedAt(store.getState())?.data.select).toEqual({ without: ["x", "torn"] });
    store.markSurveying();
    expect(configLookedAt(store.getState())?.data.select, "while it is looked through anew").toEqual({
      without: ["x"],
    });
    store.takeData();
    const early = store.getState().setup.config!;
    store.apply(found(["torn"]));
    const late = configLookedAt(store.getState())!;
    expect([early, late].map(({ data }) => data.select.without)).toEqual([["x"], ["x", "torn"]]);
    expect(isPending(early, late)).toBe(true);
    store.takeData();
    expect(isPending(store.getState().setup.config!, configLookedAt(store.getState())!)).toBe(false);
    store.editData({ select: clearByHand(late.data.select) });
    expect(configLookedAt(store.getState())?.data.select).toEqual({ without: ["torn"] });
    store.examine("scenes");
    expect(configLookedAt(store.getState())?.data.select, "of other data").toEqual({});
  });

  it("keep one task at least, and all of their tasks are looked at whatever is trained", () => {
    const store = open();
    store.editTasks([]);
    const { draft } = store.getState().data;
    expect(draft?.tasks).toEqual(["semseg"]);
    expect(lookConfig(store.getState().catalogue.known!, config, draft).tasks).toEqual(["semseg", "depth"]);
  });
});

describe("a guess", () => {
  const guess: Guess = { id: "unit-cm", text: "centimetres", reading: { scale: 0.01 }, inForce: false };

  it("that is followed sets its reading; undone, it leaves the reading as it was before", () => {
    const store = open();
    store.setEncoding("depth", { scale: 0.5, ignore: [0] });
    store.followGuess("depth", guess);
    expect(store.getState().data.draft?.data.labelEncodings["depth"]).toEqual({ scale: 0.01, ignore: [0] });
    expect(isFollowed(store.getState().data.draft!, "depth", guess)).toBe(true);
    store.undoGuess("depth", guess);
    expect(store.getState().data.draft?.data.labelEncodings["depth"]).toEqual({ scale: 0.5, ignore: [0] });
    expect(isFollowed(store.getState().data.draft!, "depth", guess)).toBe(false);
  });

  it("that came with a remembered reading is undone by taking out what it sets", () => {
    const store = open(remembered);
    expect(isFollowed(store.getState().data.draft!, "depth", guess)).toBe(true);
    store.undoGuess("depth", guess);
    expect(store.getState().data.draft?.data.labelEncodings).toEqual({});
  });

  it("without anything to set is never taken for followed", () => {
    expect(isFollowed(open().getState().data.draft!, "depth", { ...guess, reading: {} })).toBe(false);
  });
});

describe("a choice of images", () => {
  it("takes only some, which are then not left out any more; none changes nothing", () => {
    expect(takeOnly({ without: ["a", "c"] }, ["a", "b"])).toEqual({ only: ["a", "b"], without: ["c"] });
    expect(takeOnly({ without: ["a"] }, [])).toEqual({ without: ["a"] });
  });

  it("leaves out each image once, and takes back what was left out by either way", () => {
    expect(leaveOut({ without: ["a"] }, ["a", "b"])).toEqual({ without: ["a", "b"] });
    expect(takeBack({ only: ["a"], without: ["b", "v"] }, ["b", "v"], ["b"])).toEqual({ only: ["a", "b"] });
    expect(takeBack({ without: ["b"] }, ["b"], ["b"])).toEqual({});
  });

  it("by class is kept when the choice by hand is cleared, and vanishes with its last class", () => {
    const one = toggleClass({ only: ["a"] }, "semseg", 7);
    expect(clearByHand(one)).toEqual({ classes: { semseg: [7] } });
    expect(toggleClass(one, "semseg", 2).classes).toEqual({ semseg: [2, 7] });
    expect(toggleClass(one, "semseg", 7)).toEqual({ only: ["a"] });
  });
});

describe("thumbnails", () => {
  const picture = (side: number): Picture => ({
    width: side,
    height: side,
    rgba: new Uint8ClampedArray(4 * side ** 2),
  });
  const thumbnails = (indices: readonly number[], side = 2): RunEvent => ({
    type: "thumbnails",
    split: "train",
    samples: indices.map((index) => ({ index, id: `image ${index}`, image: picture(side), labels: [] })),
  });
  const bytes = 16;

  it("are dropped when they take too much room, the longest unseen first; their names stay", () => {
    let slice = foldThumbnails(noThumbnails(), thumbnails([0, 1, 2]), 3 * bytes);
    slice = touchThumbnails(slice, ["train 0", "train 9"]);
    slice = foldThumbnails(slice, thumbnails([3]), 3 * bytes);
    expect([...slice.pictures.keys()]).toEqual(["train 2", "train 0", "train 3"]);
    expect(slice.bytes).toBe(3 * bytes);
    expect(slice.names.get("train 1")).toBe("image 1");
  });

  it("are replaced by a larger picture of the same image, which stays where it alone is too large", () => {
    const slice = foldThumbnails(foldThumbnails(noThumbnails(), thumbnails([0])), thumbnails([0], 8), bytes);
    expect(slice.pictures.size).toBe(1);
    expect(slice.bytes).toBe(4 * 64);
  });

  it("are all dropped when the data is read otherwise", () => {
    const slice = foldThumbnails(foldThumbnails(noThumbnails(), thumbnails([0])), opened);
    expect(slice).toEqual(noThumbnails(1));
  });
});

describe("what is under way", () => {
  it("is told of a survey until it comes or fails, and the older one stays to be seen", () => {
    const done = foldSurvey(
      foldSurvey(askSurvey(noSurvey), { type: "surveying", done: 3, total: 9 }, false),
      opened,
      false,
    );
    expect(done).toMatchObject({ running: true, done: 3, total: 9 });
    const first = foldSurvey(done, { type: "survey", survey }, false);
    expect(first).toEqual({ running: false, done: 0, total: 0, survey, problem: "" });
    const wrong = foldSurvey(askSurvey(first), failed("survey"), false);
    expect(wrong).toMatchObject({ running: false, survey, problem: "It cannot be read." });
    expect(askSurvey(wrong).problem).toBe("");
    expect(foldSurvey(askSurvey(first), failed("export"), false).running).toBe(true);
    expect(foldSurvey(first, opened, true)).toEqual(noSurvey);
    expect(foldSurvey(first, remembered, false)).toBe(first);
    expect(foldSurvey({ ...first, survey: { ...survey, fingerprint: "2" } }, remembered, false)).toEqual(noSurvey);
  });

  it("is counted until the answer to the newest question comes", () => {
    const counts = { train: 1, val: 1, leftOut: { train: 0, val: 0 }, labelled: {} };
    const newer = { ...config, tasks: ["depth"] };
    const asked = { ...noSubset, asked: newer };
    const late = foldSubset(asked, { type: "subset", config, counts });
    expect(late).toEqual({ asked: newer, counts, problem: "" });
    expect(foldSubset(late, { type: "subset", config: newer, counts }).asked).toBeNull();
    const wrong = foldSubset(late, failed("count-subset"));
    expect(wrong).toEqual({ asked: null, counts: null, problem: "It cannot be read." });
  });

  it("is a preview of random changes, whose older pictures stay until the newer come", () => {
    const plain = { id: "a", image: { width: 0, height: 0, rgba: new Uint8ClampedArray() }, labels: [] };
    const shown = foldAugmented(
      { ...noAugmented, image: 4, waiting: true },
      { type: "augmented", plain, changed: [plain] },
      false,
    );
    expect(shown).toEqual({ image: 4, waiting: false, plain, changed: [plain], problem: "" });
    const wrong = foldAugmented({ ...shown, waiting: true }, failed("augment-preview"), false);
    expect(wrong).toEqual({ ...noAugmented, image: 4, problem: "It cannot be read." });
    expect(foldAugmented(shown, opened, true)).toEqual(noAugmented);
  });
});
