/**
 * The state of the page: a fold over the session's events, one slice a file, and a few named changes that a person makes.
 *
 * Steps, warps and progress may come hundreds of times a second. They are folded at once but published by `schedule`, so that the page draws a few
 * times a second; every other event publishes what has gathered before it, so nothing is ever seen out of order.
 */

import { createStore, type StoreApi } from "zustand/vanilla";
import { heldConfig } from "../contracts/changes";
import type { Command } from "../contracts/command";
import type { DeviceChoice } from "../contracts/runConfig";
import type { RunEvent } from "../contracts/runEvent";
import { askData, type CatalogueSlice, foldCatalogue, noCatalogue } from "./catalogueSlice";
import { createDataChanges, type DataChanges } from "./data/dataChanges";
import { type DataSlice, foldData, noData } from "./data/dataSlice";
import { askDiagnosis, type DiagnosisSlice, foldDiagnosis, noDiagnosis } from "./diagnosisSlice";
import { askExport, type ExportSlice, foldExport, noExport } from "./library/exportSlice";
import { askLibrary, foldLibrary, type LibrarySlice, noLibrary, summariesOf } from "./library/librarySlice";
import { foldLog, type LogLine } from "./logSlice";
import { createRunChanges, proposedOf, type RunChanges } from "./runs/runChanges";
import { askRuns, foldRuns, noRuns, type RunsSlice } from "./runs/runsSlice";
import { sameValue } from "./setup/paths";
import { readRunFile, setupOfRunFile } from "./setup/runFile";
import {
  foldSetup,
  leaveAdapter,
  noSetup,
  type SetupSlice,
  takeAdapter,
  takeChange,
  takeField,
  takePreset,
  takeSetup,
  takeShown,
  takeWeights,
} from "./setup/setupSlice";
import type { Place, Setup, Shown, View } from "./setup/urlState";
import { askStepComparison, foldStepComparison, type StepComparisonSlice } from "./stepComparisonSlice";
import { type AdapterSlice, foldAdapter, noAdapter } from "./weights/adapterSlice";
import { askWeights, foldWeights, noWeights, type WeightsSlice } from "./weights/weightsSlice";

export interface StudioState {
  readonly view: View;
  /** The open dialog, of those that people open; empty: none. */
  readonly open: string;
  readonly shown: Shown;
  readonly catalogue: CatalogueSlice;
  readonly setup: SetupSlice;
  readonly data: DataSlice;
  readonly runs: RunsSlice;
  readonly weights: WeightsSlice;
  readonly adapter: AdapterSlice;
  readonly library: LibrarySlice;
  readonly exporting: ExportSlice;
  readonly diagnosis: DiagnosisSlice;
  readonly stepComparison: StepComparisonSlice;
  readonly log: readonly LogLine[];
}

export interface StudioStore
  extends Pick<StoreApi<StudioState>, "getState" | "subscribe" | "getInitialState">,
    DataChanges,
    RunChanges {
  apply(event: RunEvent): void;
  /** Publishes what `schedule` still holds back. */
  flush(): void;
  begin(setup: Setup): void;
  choosePreset(id: string): void;
  /** Takes the set-up of a run file; what trains goes on. @throws where the text is none. */
  takeRunFile(text: string): void;
  setField(path: string, value: unknown): void;
  markSent(): void;
  /** What a command makes the page wait for. */
  markAsked(command: Command): void;
  /** Starts from the opened weights, and closes their report. */
  takeWeights(): void;
  showWeights(shown: boolean): void;
  /** Starts from the opened adapter, set up as the run that trained it, and closes its report. */
  takeAdapter(): void;
  /** Starts from the backbone alone; the rest of the set-up stays. */
  leaveAdapter(): void;
  showAdapter(shown: boolean): void;
  dismissInterrupted(run: string): void;
  /** The data that is opened next is for a kept run. */
  markBringing(): void;
  /** Whether small data sets are kept when a run starts on them. */
  keepData(on: boolean): void;
  markDiagnosing(device: DeviceChoice): void;
  markComparing(): void;
  show(view: View): void;
  /** Opens a dialog by its name; "" closes it. */
  openDialog(name: string): void;
  /** Chooses what is looked at; undefined: as it starts. */
  choose(name: string, value: string | undefined): void;
  /** All that an address says beside the set-up. */
  showPlace(place: Place): void;
}

export interface StudioOptions {
  /** Calls `publish` some time later; at once unless given. */
  readonly schedule?: (publish: () => void) => void;
}

const fold = (state: StudioState, event: RunEvent): StudioState => {
  const asked = state.catalogue.opening !== null && !state.library.bringing;
  const catalogue = foldCatalogue(state.catalogue, event);
  const resumes = event.type === "resumed" && event.run === state.runs.current;
  return {
    view: state.view,
    open: state.open,
    shown: state.shown,
    catalogue,
    setup: followShown(foldSetup(state.setup, event), event, state),
    data: resumes
      ? { ...state.data, draft: null }
      : foldData(state.data, event, { catalogue, setup: state.setup }, asked),
    runs: foldRuns(state.runs, event),
    weights: foldWeights(state.weights, event),
    adapter: foldAdapter(state.adapter, event, state.weights.opening),
    library: foldLibrary(state.library, event),
    exporting: foldExport(state.exporting, event),
    diagnosis: foldDiagnosis(state.diagnosis, event),
    stepComparison: foldStepComparison(state.stepComparison, event),
    log: foldLog(state.log, event),
  };
};

/** The controls show the configuration of the run that is shown, as it tells it. */
function followShown(setup: SetupSlice, event: RunEvent, { runs, library }: StudioState): SetupSlice {
  if (!("run" in event) || event.run !== runs.current) return setup;
  if (event.type === "changed") return takeChange(setup, event.field, event.value);
  if (event.type !== "prepared") return setup;
  // Whatever a person has changed since stays, but for a run that goes on: that brings its own.
  const follows = library.resuming === event.run || setup.sent === null || setup.sent === setup.config;
  const config = heldConfig(event.config);
  return follows && !sameValue(config, setup.config) ? takeShown(setup, config) : setup;
}

/** Dialogs that files open, and not a person alone. */
const isReport = (dialog: string): boolean => dialog === "weights" || dialog === "adapter";

/** The name of the dialog that is open; empty: none is. */
export function dialogOf({ open, weights, adapter }: StudioState): string {
  if (weights.asking && weights.opened) return "weights";
  return adapter.asking && adapter.report ? "adapter" : open;
}

const frequent: readonly RunEvent["type"][] = ["step", "warps", "decomposing", "surveying", "opening", "keeping"];

/** Comes so often that it may wait for the next redraw. */
const isFrequent = (event: RunEvent, { runs }: StudioState): boolean =>
  frequent.includes(event.type) || (event.type === "state" && event.state === runs.byId.get(event.run)?.run.state);

export function createStudioStore({ schedule = (publish) => publish() }: StudioOptions = {}): StudioStore {
  let current: StudioState = {
    view: "train",
    open: "",
    shown: {},
    catalogue: noCatalogue,
    setup: noSetup,
    data: noData,
    runs: noRuns,
    weights: noWeights,
    adapter: noAdapter,
    library: noLibrary,
    exporting: noExport,
    diagnosis: noDiagnosis,
    stepComparison: null,
    log: [],
  };
  const store = createStore<StudioState>(() => current);
  let scheduled = false;
  const publish = (): void => {
    scheduled = false;
    if (store.getState() !== current) store.setState(current, true);
  };
  const change = (part: Partial<StudioState>): void => {
    current = { ...current, ...part };
    publish();
  };
  return {
    getState: store.getState,
    getInitialState: store.getInitialState,
    subscribe: store.subscribe,
    flush: publish,
    ...createDataChanges(() => current, change),
    ...createRunChanges(() => current, change),
    apply(event) {
      const often = isFrequent(event, current);
      if (!often) publish();
      current = fold(current, event);
      if (!often) return publish();
      if (scheduled) return;
      scheduled = true;
      schedule(publish);
    },
    begin: (setup) => change({ setup: takeSetup(current.setup, setup) }),
    takeRunFile(text) {
      const { catalogue, setup, adapter } = current;
      const content = readRunFile(text);
      if (!catalogue.known || !setup.config) return;
      const here = { catalogue: catalogue.known, preset: setup.preset, config: setup.config };
      const taken = setupOfRunFile(content, { ...here, adapter: adapter.report?.ref.sha256 });
      change({ view: "train", setup: takeSetup(setup, taken), data: { ...current.data, draft: null } });
    },
    choosePreset(id) {
      const { known } = current.catalogue;
      if (known) change({ setup: takePreset(current.setup, known, id) });
    },
    setField(path, value) {
      const { known } = current.catalogue;
      if (!known) return;
      // Another source in the set-up is what is looked at from then on.
      const data = path === "data.source" ? { ...current.data, draft: null } : current.data;
      change({ data, setup: takeField(current.setup, known, path, value) });
    },
    markSent: () => change({ setup: { ...current.setup, sent: current.setup.config } }),
    markAsked(command) {
      const { catalogue, weights, library, exporting, runs } = current;
      const entry =
        command.type === "library-open" ? library.listed?.entries.find(({ id }) => id === command.id) : undefined;
      change({
        catalogue: askData(catalogue, command, entry),
        weights: askWeights(weights, command, entry),
        library: askLibrary(library, command),
        runs: askRuns(runs, command, summariesOf(library.listed)),
        exporting: askExport(exporting, command),
      });
    },
    takeWeights() {
      const { known } = current.catalogue;
      const weights = { ...current.weights, asking: false };
      if (known) change({ setup: takeWeights(current.setup, known), weights });
    },
    showWeights: (shown) => change({ weights: { ...current.weights, asking: shown } }),
    takeAdapter() {
      const { known } = current.catalogue;
      const { report } = current.adapter;
      if (known && report)
        change({
          setup: takeAdapter(current.setup, known, report),
          adapter: { ...current.adapter, asking: false },
        });
    },
    leaveAdapter: () => change({ setup: leaveAdapter(current.setup) }),
    showAdapter: (shown) => change({ adapter: { ...current.adapter, asking: shown } }),
    dismissInterrupted: (run) => change({ library: { ...current.library, dismissed: run } }),
    markBringing: () => change({ library: { ...current.library, bringing: true } }),
    keepData: (keepsData) => change({ library: { ...current.library, keepsData } }),
    markDiagnosing: (device) => change({ diagnosis: askDiagnosis(device) }),
    markComparing: () => change({ stepComparison: askStepComparison }),
    show: (view) => change({ view }),
    openDialog: (open) => change({ open }),
    choose(name, value) {
      const { [name]: _, ...others } = current.shown;
      change({ shown: value === undefined ? others : { ...others, [name]: value } });
    },
    showPlace({ view, race, open, shown }) {
      const { weights, adapter, runs, catalogue } = current;
      change({
        view,
        shown,
        open: isReport(open) ? "" : open,
        runs: { ...runs, proposed: proposedOf(catalogue, race) },
        weights: { ...weights, asking: open === "weights" },
        adapter: { ...adapter, asking: open === "adapter" },
      });
    },
  };
}
