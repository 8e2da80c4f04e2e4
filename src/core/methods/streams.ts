/** Which streams a method adapts: a setting of methods that may have parts of their own for each task in the last block of a stage. */
import type { LinearSite } from "../nn/site";
import type { MethodSetting } from "./method";

/** "both": one part for all tasks and one a task; "shared": the first alone, and no task streams; "task": the second alone. */
export type StreamsChoice = "both" | "shared" | "task";

export interface AdaptedStreams {
  /** The adapted streams ("shared" or a task) in the order of the site's output; empty where the site stays as it is. */
  readonly names: readonly string[];
  /** Whether the output has a shared stream, its first, that stays as it is. */
  readonly plainFirst: boolean;
}

export function adaptedStreams({ output }: LinearSite, choice: StreamsChoice): AdaptedStreams {
  const plainFirst = choice === "task" && output.shared;
  return { names: [...(output.shared && !plainFirst ? ["shared"] : []), ...output.tasks], plainFirst };
}

/** The adapted stream whose parameters `stream` ("shared" or a task) sees at a site; undefined where it sees the site's own weight. */
export const seenStream = ({ names }: AdaptedStreams, stream: string): string | undefined =>
  [stream, "shared"].find((name) => names.includes(name));

/** The control of a setting `streams`. `what` is what the method learns, in the plural: "warps". */
export const streamsSetting = (what: string): MethodSetting<"streams"> => ({
  key: "streams",
  kind: "choice",
  label: "Streams",
  help: `Which ${what} are learned: those shared by all tasks, those of each task in the last block of a stage, or both.`,
  choices: [
    {
      id: "both",
      label: "shared + per task",
      help: "Tasks have their own features from the last block of each stage on.",
    },
    { id: "shared", label: "shared only", help: "Every task sees the same features." },
    {
      id: "task",
      label: "per task only",
      help: "The trunk stays as it was pretrained; each task has its own copy of the last block of each stage.",
    },
  ],
});
