/** How a task's label files are read, for the forms and pictures that show it. */
import type { CustomTask } from "../../../contracts/customTask";
import type { LabelEncoding } from "../../../contracts/labelEncoding";
import { builtInFormats, type LabelFormat } from "../../../contracts/labelFormat";
import type { TaskId } from "../../../contracts/runConfig";
import { IGNORE } from "../../../contracts/sample";
import type { TaskSurvey } from "../../../contracts/survey";

export function kindOf(task: TaskId, own: readonly CustomTask[]): LabelFormat["kind"] {
  const builtIn: Readonly<Record<string, LabelFormat>> = builtInFormats;
  return builtIn[task]?.kind ?? own.find(({ id }) => id === task)?.kind ?? "classes";
}

/** What is known of the reading in force: what the followed guesses say, and what a person set. */
export function knownEncoding({ guesses }: Pick<TaskSurvey, "guesses">, set: LabelEncoding = {}): LabelEncoding {
  const followed = guesses.filter(({ inForce }) => inForce).map(({ reading }) => reading);
  return Object.assign({}, ...followed, set);
}

/** The class of a value of the file; null where it has no label. */
export function classOf(value: number, { ignore = [], shift = 0, classMap }: LabelEncoding): number | null {
  if (ignore.includes(value)) return null;
  const index = classMap ? (classMap[value] ?? IGNORE) : value + shift;
  return index === IGNORE || index < 0 ? null : index;
}

/** "0, 255" or "0 255" as numbers; undefined for nothing; null where something is no number. */
export function readNumbers(text: string): number[] | undefined | null {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  if (words.length === 0) return undefined;
  const numbers = words.map(Number);
  return numbers.every(Number.isFinite) ? numbers : null;
}

/** "#800000 008000" as colours, red, green and blue from 0 to 255; undefined for nothing; null where something is no colour. */
export function readColours(text: string): [number, number, number][] | undefined | null {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  if (words.length === 0) return undefined;
  const codes = words.map((word) => /^#?([0-9a-f]{6})$/i.exec(word)?.[1]);
  if (codes.includes(undefined)) return null;
  return codes.map((code) => {
    const number = Number.parseInt(code!, 16);
    return [number >> 16, (number >> 8) & 255, number & 255];
  });
}

/** Two different numbers. */
export function readRange(text: string): [number, number] | undefined | null {
  const numbers = readNumbers(text);
  if (!numbers) return numbers;
  const [from, to] = numbers;
  return numbers.length === 2 && from !== to ? [from!, to!] : null;
}

export const writeNumbers = (numbers: readonly number[]): string => numbers.join(", ");

export const writeColours = (colours: readonly (readonly [number, number, number])[]): string =>
  colours.map((colour) => `#${colour.map((part) => part.toString(16).padStart(2, "0")).join("")}`).join(" ");

/** With `value` under a name, or without the name where it is undefined. */
export function withKey<Key extends keyof LabelEncoding>(
  reading: LabelEncoding,
  key: Key,
  value: LabelEncoding[Key] | undefined,
): LabelEncoding {
  const { [key]: _, ...others } = reading;
  return value === undefined ? others : { ...others, [key]: value };
}
