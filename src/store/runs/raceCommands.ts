/** What a person asks of the race: contestants that were not prepared yet are prepared first, and start when they are ready. */
import type { RunConfig } from "../../contracts/runConfig";
import { sameValue } from "../setup/paths";
import type { Preparation } from "./preparation";
import type { RunCommandPart } from "./runCommands";
import type { SessionContext, SessionPart } from "../sessionPart";
import type { StudioStore } from "../studio";

export interface RaceCommands {
  /** Prepares the chosen contestants where that was not done yet, and starts; a run under way is dropped. */
  startRace(): void;
  pauseRace(): void;
  stopRace(): void;
}

export interface RaceCommandPart extends SessionPart {
  readonly commands: RaceCommands;
  /** A race that is being prepared does not start by itself. */
  forget(): void;
}

/** The set-up or the contestants are others than those of the race that was prepared. */
export const hasPendingRace = ({ getState }: Pick<StudioStore, "getState">): boolean => {
  const { setup, race } = getState();
  if (!race.prepared) return true;
  const { config, contestants } = race.prepared;
  const ids = contestants.map(({ id }) => id);
  return !sameValue(ids, race.chosen) || !sameValue(raceConfig(setup.config), raceConfig(config));
};

/** What a race takes of a configuration: everything but the method, of which every contestant has its own, and what was trained by one. */
const raceConfig = (config: RunConfig | null): unknown => {
  if (!config) return null;
  const { method: _, adapter: __, ...shared } = config;
  return shared;
};

/** `run`: its wish is dropped with it when a race takes its place. */
export function createRaceCommands(
  { store, send, request }: SessionContext,
  preparation: Preparation,
  run: Pick<RunCommandPart, "forget">,
): RaceCommandPart {
  let wanted = false;
  const forget = (): void => {
    wanted = false;
  };
  const end = (type: "race-pause" | "race-stop"): void => {
    forget();
    send({ type });
  };
  return {
    commands: {
      startRace() {
        const { setup, race } = store.getState();
        const canGoOn = race.state === "ready" || race.state === "paused";
        if (canGoOn && !hasPendingRace(store)) {
          send({ type: "race-start" });
          return;
        }
        if (!setup.config || race.chosen.length === 0) return;
        preparation.cancel();
        run.forget();
        wanted = true;
        request({ type: "race-prepare", config: setup.config, contestants: race.chosen });
      },
      pauseRace: () => end("race-pause"),
      stopRace: () => end("race-stop"),
    },
    forget,
    takeEvent(event) {
      if (event.type !== "race-state" || event.state !== "ready" || !wanted) return;
      forget();
      send({ type: "race-start" });
    },
  };
}
