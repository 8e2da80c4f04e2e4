/** The user's own files that a run uses, noted beside its checkpoints, so that it finds them again when it goes on. */
import { existsSync } from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as v from "valibot";
import { writeWhole } from "../../runtime/platform/node/writeWhole";
import { CHECKPOINT_FOLDER } from "../../runtime/session/node/nodeSession";
import { mayResume } from "./commands";
import { isOwnData } from "./fieldOptions";
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

export const writeInputs = (run: string, inputs: Inputs): Promise<void> =>
  writeWhole(join(run, CHECKPOINT_FOLDER, INPUTS_FILE), `${JSON.stringify(inputs, null, 2)}\n`);

/** A name that no store lists. */
const ASIDE = `.${CHECKPOINT_FOLDER}-before`;

/** What a folder keeps of an earlier run gives way to a new one. Returns what brings it back where that one cannot be prepared, or deletes it. */
export async function setAside(run: string): Promise<(isPrepared: boolean) => Promise<void>> {
  const [place, aside] = [join(run, CHECKPOINT_FOLDER), join(run, ASIDE)];
  const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true });
  if (!existsSync(place)) return async (isPrepared) => void (isPrepared || (await remove(place)));
  await remove(aside);
  await rename(place, aside);
  return async (isPrepared) => {
    await remove(isPrepared ? aside : place);
    if (!isPrepared) await rename(aside, place);
  };
}

/** Where the inputs of a run that goes on lie: as given now, else as noted. @throws where options contradict it, or nothing is kept there. */
export async function resumedInputs(run: string, flags: Flags): Promise<Inputs> {
  const other = Object.keys(flags).find((name) => !mayResume(name));
  if (other)
    throw new Error(
      `--${other} cannot be given with --resume: the run goes on as it was set up. Start another run with --config ${join(run, "run.json")}.`,
    );
  const place = join(run, CHECKPOINT_FOLDER);
  if (!existsSync(place))
    throw new Error(`--resume ${run}: there is no ${place}. Give the --out folder of a run that kept checkpoints.`);
  return notedInputs(place, flags);
}

/** Those of the run that a branch leaves; as given where they are. */
export const branchedInputs = async (parent: string, flags: Flags, layout: string): Promise<Inputs> => ({
  ...(await notedInputs(join(parent, CHECKPOINT_FOLDER), flags)),
  layout,
});

async function notedInputs(place: string, flags: Flags): Promise<Inputs> {
  const noted = await readNoted(join(place, INPUTS_FILE));
  const given = inputsOf(flags, isOwnData(flags.data) ? flags.data : null, noted.layout);
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
