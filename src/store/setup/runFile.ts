/** A run file as a set-up: what `finetune --out` and the page write as run.json, or the configuration in it alone. */
import type { Catalogue } from "../../contracts/catalogue";
import { parseRunConfig, type RunConfig } from "../../contracts/runConfig";
import type { RunInputs } from "../../contracts/runEvent";
import { fittingTasks } from "../data/fitTasks";
import { checkField } from "./checkField";
import { fitByTask } from "./methodSettings";
import type { Setup } from "./urlState";

export interface RunFileContent {
  readonly config: RunConfig;
  readonly inputs: RunInputs;
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** What a file of the user's own is called in the file; undefined where it says nothing usable. */
function inputOf(inputs: unknown, key: keyof RunInputs): RunInputs["data"] {
  const own = isFields(inputs) ? inputs[key] : undefined;
  if (!isFields(own) || typeof own["label"] !== "string" || typeof own["identity"] !== "string") return null;
  return { label: own["label"], identity: own["identity"] };
}

/** @throws where the text is no run file, saying what it lacks. */
export function readRunFile(text: string): RunFileContent {
  const file = parsed(text);
  const whole = isFields(file) && isFields(file["config"]) ? file : undefined;
  const inputs = whole?.["inputs"];
  return {
    config: parseRunConfig(whole ? whole["config"] : file),
    inputs: { data: inputOf(inputs, "data"), weights: inputOf(inputs, "weights") },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("It is no JSON.");
  }
}

/** Where the page stands: the set-up of which the file replaces all that it can, and the adapter that is open. */
export interface Here {
  readonly catalogue: Catalogue;
  readonly preset: string;
  readonly config: RunConfig;
  /** SHA-256 of the open adapter. */
  readonly adapter: string | undefined;
}

/** The file's set-up, and a sentence for each thing that it names and this page does not have. */
export function setupOfRunFile({ config, inputs }: RunFileContent, here: Here): Setup {
  const notices: string[] = [];
  const known = (path: string, value: string): boolean => checkField(here.catalogue, config, path, value).ok;
  const { catalogue } = here;
  let next = config;
  if (!known("data.source", config.data.source)) {
    notices.push(missing("data set", inputs.data?.label ?? config.data.source, "the data stays as it was"));
    next = { ...next, data: { ...here.config.data, augment: config.data.augment } };
  } else if (otherData(catalogue, config.data.source, inputs))
    notices.push(`The run was on the data set “${inputs.data!.label}”; the one that is open has other contents.`);
  if (!known("backbone", config.backbone)) {
    notices.push(missing("weights", inputs.weights?.label ?? config.backbone, "the backbone stays as it was"));
    next = { ...next, backbone: here.config.backbone };
  }
  if (config.adapter && config.adapter.sha256 !== here.adapter) {
    notices.push(missing("adapter", config.adapter.name, "the run starts from the backbone alone"));
    const { adapter: _, ...rest } = next;
    next = rest;
  }
  const tasks = fittingTasks(catalogue, next);
  return { preset: here.preset, config: fitByTask(catalogue, { ...next, tasks }), notices };
}

const missing = (what: string, name: string, instead: string): string =>
  `The run used the ${what} “${name}”, which is not open here: ${instead}. Open it and drop the run file again.`;

function otherData({ data }: Catalogue, source: string, inputs: RunInputs): boolean {
  const open = data.find(({ id }) => id === source)?.opened;
  return open !== undefined && inputs.data !== null && open.fingerprint !== inputs.data.identity;
}
