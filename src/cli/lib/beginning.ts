/** What a run begins with: a configuration, its own checkpoint to go on from, or that of another run; and the files that it uses. */
import { resolve } from "node:path";
import { configAt } from "../../contracts/changes";
import type { Command } from "../../contracts/command";
import { newRunId } from "../../contracts/run";
import { asItIs, type Reading } from "../../runtime/run/prepare/openOptions";
import type { Parent } from "../../runtime/session/node/nodeSession";
import { parentOf, runIdIn } from "../../runtime/session/node/runFolder";
import { type Flags, labelledTasks, readConfig } from "./finetuneOptions";
import { branchedInputs, type Inputs, inputsOf, resumedInputs } from "./runInputs";
import type { RunWatch } from "./runWatch";

type Begin = Extract<Command, { type: "prepare" | "resume" | "branch" }>;

export interface Beginning {
  readonly command: Begin;
  readonly inputs: Inputs;
  /** How its data is read. */
  readonly reading: Reading;
  readonly parent?: Parent;
}

/** @throws where the options contradict each other, or what they name is not there. */
export async function beginningOf(flags: Flags): Promise<Beginning> {
  if (flags.resume !== undefined) {
    const inputs = await resumedInputs(flags.resume, flags);
    const command = { type: "resume", run: await runIdIn(flags.resume) } as const;
    return { command, inputs, reading: { ...asItIs, layout: inputs.layout } };
  }
  if (flags.from !== undefined) return branching(flags, flags.from);
  const { config, folder } = await readConfig(flags);
  const command = { type: "prepare", run: newRunId(), config } as const;
  return { command, inputs: inputsOf(flags, folder, config.data.layout), reading: config.data };
}

async function branching(flags: Flags, given: string): Promise<Beginning> {
  const [other] = (["config", "preset", "adapter"] as const).filter((name) => flags[name] !== undefined);
  if (other)
    throw new Error(
      `--${other} cannot be given with --from: a branch is set up as its parent. Change fields by --set.`,
    );
  const place = given.slice(0, given.lastIndexOf("@"));
  if (flags.out === undefined || resolve(flags.out) === resolve(place))
    throw new Error(
      `--from ${given}: a branch needs a folder of its own, beside its parent's. Give another --out DIR.`,
    );
  const parent = await parentOf(given);
  const { config: own, step } = parent.checkpoint;
  const { config } = await readConfig(flags, { ...configAt(own, step), changes: [] });
  const from = { run: parent.run, checkpoint: "newest" } as const;
  const inputs = await branchedInputs(place, flags, config.data.layout);
  return { command: { type: "branch", run: newRunId(), from, config }, inputs, reading: config.data, parent };
}

/** A new run trains on what there are labels for, where nobody chose tasks. */
export function fitted(begin: Begin, flags: Flags, { labelled, event }: RunWatch): Begin {
  if (begin.type !== "prepare" || labelled === null) return begin;
  const { config, said } = labelledTasks(begin.config, flags, labelled);
  if (said !== null) event({ type: "log", level: "info", message: said });
  return { ...begin, config };
}
