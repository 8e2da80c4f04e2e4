/** The answers of a session to what the data view asks: a folder that does not exist, with pictures of rendered scenes. */
import type { Catalogue, DataEntry } from "../../src/contracts/catalogue";
import type { Command } from "../../src/contracts/command";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { RunEvent } from "../../src/contracts/runEvent";
import type { Split } from "../../src/contracts/sample";
import type { SubsetCounts, Thumbnail } from "../../src/contracts/survey";
import { sceneClasses, scenePartClasses } from "../../src/data/scenes";
import { type FakeFolder, FINGERPRINT, fakeSurvey, fakeTasks, seenIn, splitOf } from "./fakeSurvey";
import { changesOf, thumbnailOf } from "./fakeThumbnails";

type Asked = "open-folder" | "survey" | "thumbnails" | "augment-preview" | "count-subset";

export interface FakeData {
  openFolder(name: string): void;
  /** Of the opened folder. */
  identity(): { readonly name: string; readonly fingerprint: string };
  readonly act: { [Type in Asked]: (command: Extract<Command, { type: Type }>) => void };
}

export interface FakeDataOptions {
  /** Images of whatever folder is opened. */
  readonly images?: number;
  /** Tasks that it has labels for. */
  readonly tasks?: readonly string[];
}

/** Reports of progress of one look through the files, and how far apart they are. */
const TICKS = 10;
const TICK_MS = 40;

function countsOf(config: RunConfig, folder: FakeFolder | null, scenes: DataEntry): SubsetCounts {
  const { select, train, val } = config.data;
  const limit = (all: number, most: number): number => (most === 0 ? all : Math.min(all, most));
  if (!folder || config.data.source === "scenes") {
    const taken = { train: limit(scenes.train - (select.without?.length ?? 0), train), val: limit(scenes.val, val) };
    const labelled = Object.fromEntries(config.tasks.map((task) => [task, taken.train]));
    return { ...taken, leftOut: { train: scenes.train - taken.train, val: scenes.val - taken.val }, labelled };
  }
  const { samples } = fakeSurvey(folder, config);
  const wanted = select.classes?.["semseg"];
  const fits = samples.filter(
    ({ id, split, classes }) =>
      !select.without?.includes(id) &&
      (split === "val" || !select.only || select.only.includes(id)) &&
      (!wanted || wanted.some((index) => classes?.["semseg"]?.includes(index))),
  );
  const of = (part: string) => fits.filter(({ split }) => split === part);
  const training = of("train").slice(0, limit(of("train").length, train));
  const size = splitOf(folder, config);
  const valSize = limit(of("val").length, val);
  return {
    train: training.length,
    val: valSize,
    leftOut: { train: size.train - training.length, val: size.val - valSize },
    labelled: Object.fromEntries(
      config.tasks.map((task) => [task, training.filter(({ labels }) => labels.includes(task)).length]),
    ),
  };
}

export function fakeData(
  catalogue: Catalogue,
  tell: (event: RunEvent) => void,
  { images = 300, tasks = fakeTasks }: FakeDataOptions,
): FakeData {
  let folder: FakeFolder | null = null;
  let timer: ReturnType<typeof setInterval> | undefined;
  const scenes = catalogue.data[0]!;
  const entryOf = (opened: FakeFolder, config: RunConfig): DataEntry => ({
    id: "folder",
    label: opened.name,
    help: "Your own images. They stay on this machine.",
    tasks: opened.tasks,
    legends: { semseg: sceneClasses, human_parts: scenePartClasses },
    opened: {
      layout: "plain",
      valShare: config.data.valShare,
      labelEncodings: config.data.labelEncodings,
      fingerprint: FINGERPRINT,
      seen: seenIn(opened),
    },
    ...splitOf(opened, config),
  });
  const tellData = (opened: FakeFolder, config: RunConfig): void => {
    const entry = entryOf(opened, config);
    tell({ type: "data", entry, report: [{ path: `${opened.name}/notes.md`, reason: "is no image" }] });
    tell({ type: "catalogue", catalogue: { ...catalogue, data: [...catalogue.data, entry] } });
  };
  /** The scene's picture under the name that the sample has, with the labels that it has. */
  const drawn = (config: RunConfig, split: Split, index: number, side: number): Thumbnail => {
    const survey = folder && config.data.source === "folder" ? fakeSurvey(folder, config) : null;
    const place = split === "train" || !folder ? index : splitOf(folder, config).train + index;
    const sample = survey?.samples[place];
    const tasks = config.tasks.filter((task) => sample?.labels.includes(task) ?? true);
    return { ...thumbnailOf(tasks, split, index, side), ...(sample ? { id: sample.id } : {}) };
  };
  const openFolder = (name: string): void => {
    folder = { name, images, tasks };
    tellData(folder, catalogue.presets[0]!.config);
  };
  const act: FakeData["act"] = {
    "open-folder": ({ name }) => openFolder(name),
    survey({ config }) {
      const opened = folder;
      if (!opened) return;
      clearInterval(timer);
      tellData(opened, config);
      let tick = 0;
      timer = setInterval(() => {
        tick++;
        tell({ type: "surveying", done: Math.round((opened.images * tick) / TICKS), total: opened.images });
        if (tick < TICKS) return;
        clearInterval(timer);
        tell({ type: "survey", survey: fakeSurvey(opened, config) });
      }, TICK_MS);
    },
    thumbnails({ config, split, indices, side }) {
      indices.forEach((index, i) => {
        setTimeout(() => {
          tell({ type: "thumbnails", split, samples: [{ index, ...drawn(config, split, index, side) }] });
        }, 4 * i);
      });
    },
    "augment-preview"({ config, image, count }) {
      const index = typeof image === "number" ? image : Number(/\d+$/.exec(image)![0]);
      const plain = drawn(config, "train", index, 96);
      setTimeout(() => tell({ type: "augmented", plain, changed: changesOf(plain, config, count) }), 60);
    },
    "count-subset"({ config }) {
      setTimeout(() => tell({ type: "subset", config, counts: countsOf(config, folder, scenes) }), 50);
    },
  };
  return { openFolder, identity: () => ({ name: folder?.name ?? "", fingerprint: FINGERPRINT }), act };
}
