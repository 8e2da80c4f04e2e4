/** The configuration as the controls show it, and the one that the session was last asked to prepare. */
import type { AdapterReport } from "../../contracts/adapterReport";
import type { Catalogue } from "../../contracts/catalogue";
import type { RunConfig } from "../../contracts/runConfig";
import type { RunEvent } from "../../contracts/runEvent";
import { fittingTasks } from "../data/fitTasks";
import { checkField } from "./checkField";
import { fitByTask, withGivenMethod, withValue } from "./methodSettings";
import { withField } from "./paths";
import { presetOf, type Setup } from "./urlState";

export interface SetupSlice {
  readonly preset: string;
  readonly config: RunConfig | null;
  /** Of the run that is shown; null: it is to be prepared anew. */
  readonly sent: RunConfig | null;
  readonly notices: readonly string[];
  /** What the configuration, or an older one, would train. */
  readonly counted: Extract<RunEvent, { type: "counted" }> | null;
}

export const noSetup: SetupSlice = { preset: "", config: null, sent: null, notices: [], counted: null };

export const takeSetup = (slice: SetupSlice, setup: Setup): SetupSlice => ({ ...slice, ...setup });

/** A preset as it is, on the device that was chosen; the user's own tasks stay defined. */
export function takePreset(slice: SetupSlice, catalogue: Catalogue, id: string): SetupSlice {
  const preset = presetOf(catalogue, id);
  const device = slice.config?.device ?? preset.config.device;
  const customTasks = slice.config?.customTasks ?? [];
  return { ...slice, preset: preset.id, config: { ...preset.config, customTasks, device }, notices: [] };
}

/** Changes one field; a value that does not fit leaves the configuration as it is, with a notice. */
export function takeField(slice: SetupSlice, catalogue: Catalogue, path: string, value: unknown): SetupSlice {
  if (!slice.config) return slice;
  const checked = checkField(catalogue, slice.config, path, value);
  if (!checked.ok) return { ...slice, notices: [`${path} stays as it is: ${checked.reason}.`] };
  const { method } = presetOf(catalogue, slice.preset).config;
  // The preset's own method comes back as the preset has it, another one as it starts.
  const back = path === "method.id" && value === method.id;
  const config = back
    ? withGivenMethod(catalogue, slice.config, method)
    : withValue(catalogue, slice.config, path, checked.value);
  const refit = path === "data.source" || path === "customTasks";
  const fitted = refit ? { ...config, tasks: fittingTasks(catalogue, config) } : config;
  return { ...slice, notices: [], config: fitByTask(catalogue, fitted) };
}

/** The id that a configuration has for weights of the user's own files. */
const FILE_BACKBONE = "file";

/** Starts from the opened weights: to be prepared anew even where the ones before them came from a file too. */
export function takeWeights(slice: SetupSlice, catalogue: Catalogue): SetupSlice {
  const taken = takeField(slice, catalogue, "backbone", FILE_BACKBONE);
  return slice.config?.backbone === FILE_BACKBONE ? { ...taken, sent: null } : taken;
}

/**
 * Starts from an adapter: the method, the decoder, the tasks that the data has labels for, the image's size, the backbone and the seed are
 * those of the run that trained it; data and training stay.
 */
export function takeAdapter(
  slice: SetupSlice,
  catalogue: Catalogue,
  { ref, config: own, found }: AdapterReport,
): SetupSlice {
  if (!slice.config) return slice;
  const others = slice.config.customTasks.filter(({ id }) => !own.customTasks.some((task) => task.id === id));
  const rated = withGivenMethod(catalogue, slice.config, own.method);
  const config: RunConfig = {
    ...rated,
    adapter: ref,
    backbone: found?.backbone ?? own.backbone,
    decoder: own.decoder,
    input: own.input,
    customTasks: [...own.customTasks, ...others],
    tasks: own.tasks,
    training: { ...rated.training, seed: own.training.seed },
  };
  const tasks = fittingTasks(catalogue, config);
  return { ...slice, notices: [], config: { ...config, tasks } };
}

/** Starts from the backbone alone; what the adapter brought into the set-up stays. */
export function leaveAdapter(slice: SetupSlice): SetupSlice {
  if (!slice.config) return slice;
  const { adapter: _, ...config } = slice.config;
  return { ...slice, notices: [], config };
}

/** The controls show the run that is shown, and nothing about it waits to be prepared. */
export const takeShown = (slice: SetupSlice, config: RunConfig): SetupSlice => ({
  ...slice,
  config,
  sent: config,
  notices: [],
});

/** A live field of the run changed: the controls do not wait for it any more. */
export const takeChange = (slice: SetupSlice, field: string, value: unknown): SetupSlice =>
  slice.sent ? { ...slice, sent: withField(slice.sent, field, value) } : slice;

export const foldSetup = (slice: SetupSlice, event: RunEvent): SetupSlice =>
  event.type === "counted" ? { ...slice, counted: event } : slice;
