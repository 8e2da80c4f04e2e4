/** A data set of the user's that does not exist: what a look through its files would find, gaps, broken files and doubts among it. */
import type { LabelEncoding } from "../../src/contracts/labelEncoding";
import type { RunConfig, TaskId } from "../../src/contracts/runConfig";
import type { Guess, Histogram, SampleSurvey, Survey, TaskSurvey } from "../../src/contracts/survey";
import { sceneClasses, scenePartClasses } from "../../src/data/scenes";
import { noise } from "./fakeNumbers";

export const fakeTasks: readonly TaskId[] = ["semseg", "human_parts", "normals", "depth"];
/** Every so many images, one whose label file cannot be read. */
const BROKEN_EVERY = 97;
/** Part of the images that has a label of each task. */
const coverage: Readonly<Record<TaskId, number>> = { semseg: 1, human_parts: 0.55, normals: 0.8, depth: 0.92 };

export interface FakeFolder {
  readonly name: string;
  readonly images: number;
  readonly tasks: readonly TaskId[];
}

export const FINGERPRINT = "5ca1ab1e5ca1ab1e";

export const seenIn = ({ tasks }: FakeFolder): string =>
  `images/ with ${tasks.map((task) => `${task}/`).join(", ")} beside it`;

/** How many of the images train and validate. */
export function splitOf({ images }: FakeFolder, { data }: RunConfig): { train: number; val: number } {
  const val = Math.round(images * (data.valShare || 0.2));
  return { train: images - val, val };
}

function fakeSample(folder: FakeFolder, place: number, train: number): SampleSurvey {
  const random = noise(place + 1);
  const draw = (): number => random() + 0.5;
  const ends = Math.floor(0.72 * folder.images);
  const labels = folder.tasks.filter((task) => draw() < (coverage[task] ?? 1) && (task !== "normals" || place < ends));
  const shows = sceneClasses.map((_, index) => index).filter((index) => draw() < 0.8 / (1 + 0.35 * index));
  return {
    id: `room-${String(place).padStart(5, "0")}`,
    split: place < train ? "train" : "val",
    size: [640, 480],
    labels,
    classes: { semseg: shows },
    ...(place % BROKEN_EVERY === 13
      ? { problem: "depth is 480×640 but its image is 640×480. Export labels at image size." }
      : {}),
  };
}

function fakeValues(names: readonly string[], extra: readonly (readonly [number, number])[]): Histogram {
  const values = names.map((_, value) => {
    const pixels = Math.round(4e7 / (1 + value) ** 2.1);
    return { value, pixels, files: Math.round(280 / (1 + 0.4 * value)) };
  });
  return {
    kind: "values",
    values: [...values, ...extra.map(([value, pixels]) => ({ value, pixels, files: 212 }))],
  };
}

const bell = (count: number, centre: number, width: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.round(9e6 * Math.exp(-(((i / count - centre) / width) ** 2))));

const guess = (id: string, text: string, reading: LabelEncoding, set: LabelEncoding, doubtful: boolean): Guess => {
  const inForce = Object.entries(reading).every(
    ([key, value]) => JSON.stringify(set[key as keyof LabelEncoding]) === JSON.stringify(value),
  );
  return { id, text, reading, inForce, ...(doubtful && !inForce ? { doubtful: true as const } : {}) };
};

type Facts = Pick<TaskSurvey, "content" | "histogram" | "unlabelled" | "guesses" | "classes">;

const facts: Readonly<Record<TaskId, (set: LabelEncoding, files: number) => Facts>> = {
  semseg: (set, files) => ({
    content: [{ what: "8-bit PNG with a palette", files }],
    histogram: fakeValues(
      sceneClasses.map(({ name }) => name),
      [[255, 2_400_000]],
    ),
    unlabelled: 0.031 + (set.ignore?.includes(0) ? 0.42 : 0),
    classes: sceneClasses.map(({ name }) => name),
    guesses: [
      {
        id: "ignore-255",
        text: "255 looks like unlabelled: it is in 212 files, mostly as thin borders.",
        reading: {},
        inForce: true,
      },
      guess(
        "ignore-0",
        "0 looks like background: 46 % of all pixels, in every file.",
        { ignore: [0, 255] },
        set,
        false,
      ),
    ],
  }),
  human_parts: (set, files) => ({
    content: [
      { what: "8-bit PNG, one channel", files: files - 3 },
      { what: "8-bit RGB PNG", files: 3 },
    ],
    histogram: fakeValues(
      scenePartClasses.map(({ name }) => name),
      [],
    ),
    unlabelled: set.ignore ? 0.71 : 0,
    classes: scenePartClasses.map(({ name }) => name),
    guesses: [],
  }),
  normals: (set, files) => ({
    content: [{ what: "8-bit RGB PNG", files }],
    histogram: { kind: "bins", min: 0, max: 255, bins: bell(48, 0.5, 0.22), notNumbers: 0 },
    unlabelled: 0.004,
    guesses: [
      guess("sign-y", "y looks turned: floors point down in 96 % of the images.", { signs: [1, -1, 1] }, set, true),
    ],
  }),
  depth: (set, files) => ({
    content: [{ what: "16-bit PNG, one channel", files }],
    histogram: { kind: "bins", min: 0, max: 812, bins: bell(56, 0.35, 0.16), notNumbers: 1204 },
    unlabelled: set.ignore ? 0.08 : 0.0004,
    guesses: [
      guess(
        "unit-cm",
        "The unit looks like centimetres: read as millimetres no place is farther than 0.81 m.",
        { scale: 0.01 },
        set,
        true,
      ),
      guess(
        "ignore-0",
        "0 looks like unlabelled: 8 % of the pixels, nothing between 0 and 61.",
        { ignore: [0] },
        set,
        false,
      ),
    ],
  }),
};

const reasons = [
  "has no image of that name",
  "is no folder of a task; folders are named like tasks",
  "is cut short: 18,432 of 40,960 bytes",
  "holds class 41, but the data set names 14 classes",
];

const made = new Map<string, Survey>();

/** As `config` reads the files; made once for each reading. */
export function fakeSurvey(folder: FakeFolder, config: RunConfig): Survey {
  const key = JSON.stringify([folder, config.data.labelEncodings, config.data.valShare]);
  const survey = made.get(key) ?? makeSurvey(folder, config);
  made.set(key, survey);
  return survey;
}

function makeSurvey(folder: FakeFolder, config: RunConfig): Survey {
  const { train, val } = splitOf(folder, config);
  const samples = Array.from({ length: train + val }, (_, place) => fakeSample(folder, place, train));
  const problems = Array.from({ length: Math.ceil(folder.images / 7) }, (_, i) => ({
    path: `${folder.name}/${folder.tasks[i % folder.tasks.length]}/room-${String(7 * i).padStart(5, "0")}.png`,
    reason: reasons[i % reasons.length]!,
  }));
  return {
    name: folder.name,
    fingerprint: FINGERPRINT,
    layout: "plain",
    seen: seenIn(folder),
    tasks: folder.tasks.map((task): TaskSurvey => {
      const has = (part: string): number =>
        samples.filter(({ split, labels }) => split === part && labels.includes(task)).length;
      const files = { train: has("train"), val: has("val") };
      return { task, files, ...facts[task]!(config.data.labelEncodings[task] ?? {}, files.train + files.val) };
    }),
    samples,
    read: samples.length - samples.filter(({ problem }) => problem).length,
    problems: [{ path: `${folder.name}/notes.md`, reason: "is no image" }, ...problems],
  };
}
