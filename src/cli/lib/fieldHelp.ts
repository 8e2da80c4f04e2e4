/** What the fields of the run file are, for --help. */
import { type DeclaredField, fieldList } from "../../contracts/fields";
import { wrapped } from "./commandLine";

const asText = (value: unknown): string => (typeof value === "object" ? JSON.stringify(value) : String(value));

function allowed(field: DeclaredField): string {
  switch (field.kind) {
    case "number": {
      const { min, max, unit, zero, perTask } = field;
      const range = `${min}${zero === undefined ? "" : ` (${zero})`} to ${max}`;
      return [range, unit, ...(perTask ? ["for a task: TASK:N,TASK:N"] : [])].filter(Boolean).join(" ");
    }
    case "flag":
      return "true or false";
    case "choice":
      return field.choices.map(({ id }) => id).join(", ");
    case "object":
      return "JSON";
    case "tasks":
      return "ids, separated by commas";
    default:
      return "an id";
  }
}

const firstSentence = (help: string): string => /^.*?[.](?= |$)/.exec(help)?.[0] ?? help;
const WIDTH = Math.max(...fieldList.map(({ path }) => path.length));

/** Under each other. */
export const fieldHelp = (): string =>
  fieldList
    .map((field) => {
      const { path, help, default: usual, effect } = field;
      const live = effect === "feed" ? "; may change in mid-run" : "";
      return wrapped(
        `  ${path}`,
        `${firstSentence(help)} ${allowed(field)}; default ${asText(usual)}${live}`,
        WIDTH + 4,
      );
    })
    .join("\n");
