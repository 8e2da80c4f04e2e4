/** One training step of a configuration at batch 1 on a device, every operation compared with TensorFlow.js. */
import type { DeviceChoice, RunConfig } from "../../../contracts/runConfig";
import type { DataSource } from "../../../contracts/sample";
import type { ReferenceChoice, StepComparison } from "../../../contracts/stepComparison";
import { compareNodes, comparisonsOf } from "../../../core/exec/compare";
import type { Executor, Feeds, Plan } from "../../../core/exec/executor";
import { chooseExecutor, type Probed } from "../../../core/exec/registry";
import type { TfExecutor } from "../../../core/exec/tf/executor";
import { traceRun } from "../../../core/exec/trace";
import type { Platform } from "../../platform/platform";
import type { Inputs } from "../../run/inputs";
import { prepareRun } from "../../run/prepare/prepare";
import { StepFeeds } from "../../run/prepare/stepFeeds";
import type { Workers } from "../../workers/workers";
import { StepLedger } from "./stepLedger";

export interface StepQuestion {
  readonly config: RunConfig;
  readonly device: DeviceChoice;
  readonly reference: ReferenceChoice;
}

/** What a comparison finds around it. */
export interface StepPlace {
  readonly platform: Platform;
  readonly workers: Workers;
  readonly inputs: Inputs;
  readonly probed: readonly Probed[];
  /** The data that the configuration names. */
  source(): Promise<DataSource>;
  tell(comparison: StepComparison): void;
  readonly signal: AbortSignal;
}

type Tf = Executor & Pick<TfExecutor, "evaluate">;
const isTf = (executor: Executor): executor is Tf => "evaluate" in executor;

/** Tells how far it is as it goes, and how it ended; rejects only where `signal` aborts. */
export async function compareStep(question: StepQuestion, place: StepPlace): Promise<void> {
  const ledger = new StepLedger(place.tell, place.platform.now);
  try {
    await compareOn(question, place, ledger);
    ledger.finish();
  } catch (error) {
    place.signal.throwIfAborted();
    ledger.finish((error as Error).message);
  }
}

async function compareOn({ config, device, reference }: StepQuestion, place: StepPlace, ledger: StepLedger) {
  const { platform, probed } = place;
  const { entry } = chooseExecutor(probed, device);
  const other = chooseReference(probed, entry.choice, reference);
  ledger.say("Opening the devices");
  const executor = await entry.open(platform.executorHost);
  try {
    const tf = await other.entry.open(platform.executorHost);
    try {
      if (!isTf(tf)) throw new Error(`${tf.description} cannot compute single nodes; choose tf-webgpu, webgl or tf.`);
      ledger.opened(executor.description, tf.description);
      await comparePlans(config, executor, tf, place, ledger);
    } finally {
      await tf.dispose();
    }
  } finally {
    await executor.dispose();
  }
}

/** TensorFlow.js on another backend than the one under test. @throws where there is none. */
export function chooseReference(probed: readonly Probed[], device: DeviceChoice, wanted: ReferenceChoice): Probed {
  if (wanted === device) throw new Error(`"${wanted}" would be compared with itself; choose another reference.`);
  if (wanted !== "auto") return chooseExecutor(probed, wanted);
  // A software GPU computes nothing better than the processor does, and slower.
  const isHardware = probed.some(({ entry, automatic }) => entry.choice === "webgpu" && automatic);
  const order: DeviceChoice[] = isHardware ? ["tf-webgpu", "tf"] : ["tf", "tf-webgpu"];
  const others = order.filter((choice) => choice !== device);
  const isAvailable = (choice: DeviceChoice) => probed.some((p) => p.available && p.entry.choice === choice);
  return chooseExecutor(probed, others.find(isAvailable) ?? others[0]!);
}

async function comparePlans(config: RunConfig, executor: Executor, tf: Tf, place: StepPlace, ledger: StepLedger) {
  const single = { ...config, training: { ...config.training, batchSize: 1, accumulate: 1 } };
  const request = { config: single, source: await place.source(), inputs: place.inputs, executor };
  const run = await prepareRun(request, place, ledger.say, place.signal);
  try {
    const { train, apply } = run.parts.plans;
    const feeds = new StepFeeds(run.parts, () => single);
    const traced = (name: "train" | "apply", plan: Plan, fed: Feeds) => ({
      name,
      fed,
      trace: traceRun(executor, plan, fed),
    });
    const parts = [
      traced("train", train, feeds.train(await run.parts.batches.trainBatch(0), 0, 0)),
      traced("apply", apply, feeds.apply(0)),
    ];
    ledger.expect(parts.reduce((sum, { trace }) => sum + comparisonsOf(trace), 0));
    for (const { name, fed, trace } of parts)
      for await (const compared of compareNodes(executor, trace, fed, tf)) {
        ledger.add(name, compared);
        place.signal.throwIfAborted();
      }
  } finally {
    await run.dispose();
  }
}
