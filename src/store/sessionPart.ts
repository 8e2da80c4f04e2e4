/** The interface that all parts of a session share: where they send commands, and what they are told. */
import type { Command } from "../contracts/command";
import { newRunId, type RunId } from "../contracts/run";
import type { RunEvent } from "../contracts/runEvent";
import type { StudioState, StudioStore } from "./studio";

export interface Client {
  send(command: Command): void;
  subscribe(listener: (event: RunEvent) => void): () => void;
}

export interface SessionContext {
  readonly store: StudioStore;
  send(command: Command): void;
  /** Sends a command and marks what the page waits for. */
  request(command: Command): void;
  /** Quiet time after a change before it is prepared. */
  readonly delayMs: number;
  /** An id for a run, or a study, that is about to be made. */
  newRun(): RunId;
}

export interface SessionPart {
  /** After the store has the event; `before`: as the store was without it. */
  takeEvent?(event: RunEvent, before: StudioState): void;
  takeChange?(state: StudioState, before: StudioState): void;
  dispose?(): void;
}

export function sessionContext(
  store: StudioStore,
  client: Client,
  delayMs: number,
  newRun: () => RunId = newRunId,
): SessionContext {
  return {
    store,
    send: (command) => client.send(command),
    request(command) {
      store.markAsked(command);
      client.send(command);
    },
    delayMs,
    newRun,
  };
}
