/** The user's own files that a run uses, noted beside its checkpoints, so that it finds them again when it goes on. */
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as v from "valibot";
import { writeWhole } from "../../runtime/platform/node/writeWhole";
import { CHECKPOINT_FOLDER } from "../../runtime/session/node/nodeSession";
import { type Flags, weightsPath } from "./finetuneOptions";

const InputsSchema = v.object({
  /** Paths; null: the run uses built-in ones. */
  data: v.nullable(v.string()),
  backbone: v.nullable(v.string()),
  /** How the data is laid out, which decides whether it can be opened at all. */
  layout: v.string(),
});

export type Inputs = Readonly<v.InferOutput<typeof InputsSchema>>;

const INPUTS_FILE = "inputs.json";

export const inputsOf = (flags: Flags, folder: string | null, layout: string): Inputs => {
  const weights = weightsPath(flags);
  return { data: folder && resolve(folder), backbone: weights && resolve(weights), layout };
};

/** A new run takes the place of what its folder kept before; one that goes on keeps it. */
export async function writeInputs(run: string, inputs: Inputs, isNew: boolean): Promise<void> {
  const place = join(run, CHECKPOINT_FOLDER);
  if (isNew) await rm(place, { recursive: true, force: true });
  await writeWhole(join(place, INPUTS_FILE), `${JSON.stringify(inputs, null, 2)}\n`);
}

/** What a run that goes on may still be told; all else is its own configuration's to say. */
const besideResume = new Set([
  ...["resume", "data", "backbone", "baseline", "out", "export", "checkpoint-every"],
  ...["update-analysis", "json", "help"],
]);

/** Where the inputs of a run that goes on lie: as given now, else as noted. @throws where options contradict it, or nothing is kept there. */
export async function resumedInputs(run: string, flags: Flags): Promise<Inputs> {
  const other = Object.keys(flags).find((name) => !besideResume.has(name));
  if (other)
    throw new Error(
      `--${other} cannot be given with --resume: the run goes on as it was set up. Start another run with --config ${join(run, "run.json")}.`,
    );
  const place = join(run, CHECKPOINT_FOLDER);
  if (!existsSync(place))
    throw new Error(`--resume ${run}: there is no ${place}. Give the --out folder of a run that kept checkpoints.`);
  const noted = await readNoted(join(place, INPUTS_FILE));
  const given = inputsOf(flags, flags.data && flags.data !== "scenes" ? flags.data : null, noted.layout);
  return { data: given.data ?? noted.data, backbone: given.backbone ?? noted.backbone, layout: noted.layout };
}

/** Nothing of the user's own where there is no note. @throws where there is one that says something else. */
async function readNoted(file: string): Promise<Inputs> {
  if (!existsSync(file)) return { data: null, backbone: null, layout: "auto" };
  try {
    return v.parse(InputsSchema, JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    throw new Error(
      `${file} does not say where the run's data and weights lie (${(error as Error).message}). Delete it, and name them with --data and --backbone.`,
      { cause: error },
    );
  }
}
