/**
 * The page. Roles, labels and marks that tests and scripts may rely on:
 *
 * - buttons by name: Start or Pause (one button), Step, Stop, Reset
 * - role "status" holds the state and "step N"; data-testid "state" the state alone
 * - data-testid "loss-<task>", "loss-total": the latest loss as text; "metric-<task>": the last primary metric
 * - data-testid "max-warp": the largest |phi(x) - x| over all sites, a number
 * - data-testid "image", "truth-<task>", "prediction-<task>": canvases
 * - data-testid "peft": the line of trained parameters; "run-<id>": a row of Runs, "delta-<id>" its Δm; "verdict", "case-<name>"; "cosine-<i>-<j>"
 * - data-testid "survey-state", "subset-train", "subset-val"; "coverage-<task>", "labels-<task>"; options of the list "Images of the data set"
 * - data-testid "device": the executor that runs; "folder-input", "drop-zone", "weights-input": ways in for files
 * - dialog "Weights: <architecture>": the report before weights are used; region "Interrupted run"; lists "Backbones", ... of the library
 */

import type { ReactNode } from "react";
import type { View } from "../store/setup/urlState";
import { Failure } from "./panels/bar/Failure";
import { TopBar } from "./panels/bar/TopBar";
import { DropAnywhere } from "./panels/drop/DropAnywhere";
import { ResumeCard } from "./panels/library/ResumeCard";
import { LossPanel } from "./panels/losses/LossPanel";
import { MetricsPanel } from "./panels/metrics/MetricsPanel";
import { PredictionsPanel } from "./panels/predictions/PredictionsPanel";
import { SetupPanel } from "./panels/setup/SetupPanel";
import { UpdatePanel } from "./panels/updates/UpdatePanel";
import { Boundary } from "./parts/Boundary";
import { useSlice } from "./parts/context";
import { Lazy, lazyPart } from "./parts/Lazy";
import styles from "./parts/page.module.css";
import { UndoToast } from "./parts/UndoToast";
import { CheckView } from "./views/CheckView";
import { LibraryView } from "./views/LibraryView";
import { RunsView } from "./views/RunsView";
import "./parts/theme.css";
import { WarpPanel } from "./panels/warps/WarpPanel";
import { AdapterReport } from "./panels/weights/AdapterReport";
import { WeightsReport } from "./panels/weights/WeightsReport";

/** What stands below the bar, by what was chosen there. */
const places: Readonly<Record<View, () => ReactNode>> = {
  train: TrainView,
  data: DataPlace,
  runs: RunsView,
  check: CheckView,
  library: LibraryView,
};

/** Fetched when it is first looked at. */
const dataSetView = lazyPart("The Data view", () => import("./views/DataSetView"));

export function StudioPage() {
  const view = useSlice((state) => state.view);
  const Place = places[view];
  return (
    <div className={styles.page}>
      <button type="button" className={styles.skip} onClick={skipToContent}>
        Skip to the content
      </button>
      <Boundary name="The bar">
        <TopBar />
      </Boundary>
      <Boundary key={view} name="This view">
        <Place />
      </Boundary>
      <Boundary name="The reports">
        <WeightsReport />
        <AdapterReport />
        <DropAnywhere />
        <UndoToast />
      </Boundary>
    </div>
  );
}

/** A button, since the part of the address behind "#" says what is shown. */
function skipToContent(): void {
  const main = document.querySelector("main");
  main?.setAttribute("tabindex", "-1");
  main?.focus();
}

function DataPlace() {
  return <Lazy part={dataSetView} given={{}} fallback={<main className={styles.columns} />} />;
}

/** One run: its set-up, what it predicts and learns, and what becomes of the weights. */
function TrainView() {
  return (
    <main className={styles.columns}>
      <div className={styles.setup}>
        <ResumeCard />
        <Boundary name="The set-up">
          <SetupPanel />
        </Boundary>
      </div>
      <div className={styles.centre}>
        <Failure />
        <Boundary name="The predictions">
          <PredictionsPanel />
        </Boundary>
        <Boundary name="The losses">
          <LossPanel />
        </Boundary>
        <Boundary name="The metrics">
          <MetricsPanel />
        </Boundary>
      </div>
      <div className={styles.warps}>
        <Boundary name="The warps">
          <WarpPanel />
        </Boundary>
        <Boundary name="The update analysis">
          <UpdatePanel />
        </Boundary>
      </div>
    </main>
  );
}
