/** A client that plays back what the real session told: each command is answered by the events that followed it in the recording. */
import type { Command } from "../../src/contracts/command";
import type { RunEvent } from "../../src/contracts/runEvent";
import type { Client } from "../../src/store/sessionPart";
import { type Exchange, type Recording, type Scenario, unpack } from "../events/recording";

export async function loadRecording(): Promise<Recording> {
  const response = await fetch(new URL("../fixtures/events/micro.json", import.meta.url));
  return unpack(await response.text());
}

/** Library entries as old as a person would find them: the recording has no time. */
const MINUTE_MS = 60_000;
const dated = (event: RunEvent): RunEvent =>
  event.type === "library"
    ? { ...event, entries: event.entries.map((entry) => ({ ...entry, changed: Date.now() - 3 * MINUTE_MS })) }
    : event;

const isSlow = ({ type }: RunEvent): boolean => type === "step";

/** A pause of `stepMs` before each step; other events come at once. A command that comes meanwhile brings the rest at once. */
function player(tell: (event: RunEvent) => void, stepMs: number) {
  let rest: readonly RunEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const play = (): void => {
    while (rest.length > 0) {
      const [event, ...others] = rest;
      rest = others;
      tell(dated(event!));
      if (others[0] && isSlow(others[0])) {
        timer = setTimeout(play, stepMs);
        return;
      }
    }
  };
  return (events: readonly RunEvent[]): void => {
    clearTimeout(timer);
    for (const event of rest) tell(dated(event));
    rest = events;
    play();
  };
}

/** Commands beside the run are answered wherever they stand in the scenario, all others in its order. */
const beside: ReadonlySet<Command["type"]> = new Set(["count", "library", "keep", "decompose"]);

function answers({ exchanges }: Scenario): (command: Command) => Exchange | undefined {
  let next = 0;
  return ({ type }) => {
    if (beside.has(type)) return exchanges.find(({ command }) => command.type === type);
    const found = exchanges.findIndex(({ command }, i) => i >= next && command.type === type);
    if (found >= 0) next = found + 1;
    return exchanges[found];
  };
}

/** The page names its runs itself: what was recorded of a run is told under the page's name for it. */
class Names {
  private readonly names = new Map<string, string>();

  learn(recorded: Command, asked: Command): void {
    if ("run" in recorded && "run" in asked) this.names.set(recorded.run, asked.run);
    if ("study" in recorded && "study" in asked) this.names.set(recorded.study, asked.study);
    if (recorded.type !== "study" || asked.type !== "study") return;
    const own = asked.groups.flat();
    for (const [i, { run }] of recorded.groups.flat().entries()) this.names.set(run, own[i]?.run ?? run);
  }

  /** `value` with the page's names for the recorded ones, at any depth of plain data. */
  renamed<T>(value: T): T {
    if (typeof value === "string") return this.nameOf(value) as T;
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
    if (Array.isArray(value)) return value.map((one) => this.renamed<unknown>(one)) as T;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.renamed<unknown>(one)])) as T;
  }

  /** Also of a folder of the library. */
  private nameOf(text: string): string {
    const id = text.replace(/^runs\//, "");
    const name = this.names.get(id);
    return name === undefined ? text : text.replace(id, name);
  }
}

export function replayClient(scenario: Scenario, stepMs: number): Client {
  const listeners = new Set<(event: RunEvent) => void>();
  const tell = (event: RunEvent): void => {
    for (const listener of listeners) listener(event);
  };
  const play = player(tell, stepMs);
  const answerTo = answers(scenario);
  const names = new Names();
  return {
    send(command) {
      const answer = answerTo(command);
      if (answer) names.learn(answer.command, command);
      const events = names.renamed(answer?.events ?? []);
      // As from a worker: never while the command is being sent.
      setTimeout(() => (beside.has(command.type) ? events.map(dated).forEach(tell) : play(events)));
    },
    subscribe(listener) {
      listeners.add(listener);
      setTimeout(() => scenario.opening.forEach(listener));
      return () => listeners.delete(listener);
    },
  };
}
