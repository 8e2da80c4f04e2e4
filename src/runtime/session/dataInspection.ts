/** Looks into data for people: the survey of a data set, thumbnails, what a subset amounts to, what random changes look like. */
import type { Command } from "../../contracts/command";
import type { RunConfig } from "../../contracts/runConfig";
import type { DataSource } from "../../contracts/sample";
import type { Survey } from "../../contracts/survey";
import { countSubset } from "../../data/select";
import { surveyData } from "../../data/survey";
import { nextTask } from "../platform/nextTask";
import { augmentPreview, type Previewed, placeTaken } from "../products/pictures/augmentPreview";
import { makeThumbnail } from "../products/pictures/thumbnails";
import { paced } from "../run/paced";
import { checkedModel } from "../run/prepare/refusal";
import type { AdapterInput } from "./adapterInput";
import type { DataInput, KnownClasses } from "./dataInput";
import type { Host } from "./host";
import { quietly } from "./latestTask";

type CommandOf<T extends Command["type"]> = Extract<Command, { type: T }>;

const otherData = (): Error => quietly("Other data is looked at.");

/** Thumbnails that are told together. */
const PORTION = 8;

export class DataInspection {
  private surveying: AbortController | null = null;
  private counting: AbortController | null = null;
  private previewing: AbortController | null = null;
  /** Settled when the newest count is. */
  private counted: Promise<unknown> = Promise.resolve();
  /** The newest is made first: it is what a person looks at now. */
  private readonly wanted: CommandOf<"thumbnails">[] = [];
  private making: Promise<void> | null = null;

  constructor(
    private readonly host: Host,
    private readonly data: DataInput,
    private readonly adapters: Pick<AdapterInput, "inputs">,
  ) {}

  /** A newer one stops an older one. */
  async survey({ config }: CommandOf<"survey">): Promise<void> {
    const { signal } = this.newest("surveying");
    const opened = await this.data.asRead(config.data);
    signal.throwIfAborted();
    const { identity } = this.data.need();
    const survey = await surveyData(opened, {
      customTasks: config.customTasks,
      signal,
      pause: async () => {
        await nextTask();
        if (this.data.need().identity !== identity) throw otherData();
      },
      onProgress: paced(this.host, (done, total) => this.host.tell({ type: "surveying", done, total })),
    });
    signal.throwIfAborted();
    this.data.learn(opened, config.customTasks, classesIn(survey));
    this.host.tell({ type: "survey", survey });
  }

  stopSurvey(): void {
    this.surveying?.abort(otherData());
    this.surveying = null;
  }

  /** Resolves when all that was asked for by then is told. */
  thumbnails(command: CommandOf<"thumbnails">): Promise<void> {
    this.wanted.push(command);
    this.making ??= this.makeWanted().finally(() => {
      this.making = null;
      // Where one fails, all who wait for it are told; none of them is to fail a later one.
      this.wanted.length = 0;
    });
    return this.making;
  }

  /** A newer one stops an older one. */
  count({ config }: CommandOf<"count-subset">): Promise<void> {
    const { signal } = this.newest("counting");
    const counting = this.countFor(config, signal);
    this.counted = counting.catch(() => {});
    return counting;
  }

  /** A newer one stops an older one. */
  async preview({ config, image, count }: CommandOf<"augment-preview">): Promise<void> {
    const { signal } = this.newest("previewing");
    // It selects the same images as the count that goes on, which may read every label for that: once is enough.
    await this.counted;
    const source = await this.data.source(config, signal);
    const preview = await augmentPreview(await this.previewed(source, config, image), count);
    signal.throwIfAborted();
    this.host.tell({ type: "augmented", ...preview });
  }

  private async countFor(config: RunConfig, signal: AbortSignal): Promise<void> {
    const { source } = await this.data.whole(config, signal);
    const counts = countSubset(source, await this.data.source(config, signal), config);
    signal.throwIfAborted();
    this.host.tell({ type: "subset", config, counts });
  }

  /** An image that a run of this configuration does not take is changed as a run on all images would change it. */
  private async previewed(source: DataSource, config: RunConfig, image: string | number): Promise<Previewed> {
    const { imageSize } = checkedModel(config, source, this.adapters.inputs);
    const index = placeTaken(source, config, image);
    if (index !== undefined) return { source, config, imageSize, index };
    const { source: whole } = await this.data.whole(config);
    const all = { ...config, data: { ...config.data, train: 0, select: {} } };
    const place = placeTaken(whole, all, image);
    if (place === undefined) throw new Error(`${source.name} has no training image "${image}".`);
    return { source: whole, config: all, imageSize, index: place };
  }

  private newest(which: "surveying" | "counting" | "previewing"): AbortController {
    this[which]?.abort(quietly("A newer one was asked for."));
    const abort = new AbortController();
    this[which] = abort;
    return abort;
  }

  private async makeWanted(): Promise<void> {
    for (let next = this.wanted.pop(); next; next = this.wanted.pop()) {
      // Put back before anything is awaited, so that what is asked for meanwhile lies above it.
      const rest = next.indices.slice(PORTION);
      if (rest.length > 0) this.wanted.push({ ...next, indices: rest });
      const { source } = await this.data.whole(next.config);
      const { split, side, config } = next;
      const made = [];
      for (const index of next.indices.slice(0, PORTION)) {
        made.push({ ...(await makeThumbnail(source, split, index, side, config)), index });
        await nextTask();
      }
      this.host.tell({ type: "thumbnails", split, samples: made });
    }
  }
}

/**
 * The classes that samples show, of every task that has classes. Samples that were not read, or whose files are not all as they must be, are left
 * out: a selection looks at them itself, so that it takes the same ones with a survey and without.
 */
function classesIn({ samples }: Survey): KnownClasses {
  const tasks = new Set(samples.flatMap(({ classes = {} }) => Object.keys(classes)));
  const none = Object.fromEntries([...tasks].map((task) => [task, []]));
  const read = samples.filter(({ size, problem }) => size !== undefined && problem === undefined);
  return new Map(read.map(({ id, classes }) => [id, { ...none, ...classes }]));
}
