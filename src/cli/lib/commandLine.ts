/** Command lines from declarations: parsing, the help and the errors all come from the options as they are declared. */
import { parseArgs } from "node:util";

/** What an option's value may be. */
export interface Value {
  /** Stands for it in the help. */
  readonly shown: string;
  /** What it may be, for the help. */
  readonly known?: readonly string[];
  /** Says what a text should have been; undefined where it is fine. */
  problem?(text: string): string | undefined;
}

export interface Option {
  /** Absent: the option stands alone, as --json does. */
  readonly value?: Value;
  readonly help: string;
  readonly repeated?: true;
  /** The value where the option is not given. */
  readonly default?: string;
  /** A name that it had, which still works. */
  readonly formerly?: string;
}

export interface Command {
  readonly name: string;
  /** What stands for files and folders in the first line of the help; absent: there are none. */
  readonly paths?: string;
  readonly about?: string;
  readonly more?: string;
  readonly options: Readonly<Record<string, Option>>;
}

export type Given = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** The command line is not as declared. */
export class OptionError extends Error {}

export const text = (shown: string): Value => ({ shown });

export const oneOf = (known: readonly string[], shown = "ID"): Value => ({
  shown,
  known,
  problem: (given) => (known.includes(given) ? undefined : `unknown; known: ${known.join(", ")}.`),
});

const isNumber = (given: string): boolean => given.trim() !== "" && Number.isFinite(Number(given));

export const whole = (least = 1, shown = "N"): Value => ({
  shown,
  problem: (given) =>
    isNumber(given) && Number.isSafeInteger(Number(given)) && Number(given) >= least
      ? undefined
      : `expected a whole number from ${least}.`,
});

export const numeric: Value = {
  shown: "N",
  problem: (given) => (isNumber(given) ? undefined : "expected a number."),
};

export const positive: Value = {
  shown: "N",
  problem: (given) => (isNumber(given) && Number(given) > 0 ? undefined : "expected a number above 0."),
};

/** Values separated by commas. */
export const list = (one: Value, shown = "A,B"): Value => ({
  ...one,
  shown,
  problem: (given) => itemsOf(given).flatMap((item) => one.problem?.(item) ?? [])[0],
});

export const itemsOf = (given: string): readonly string[] => given.split(",").map((item) => item.trim());

const NAME_WIDTH = 20;
const LINE_WIDTH = 118;

const nameOf = (name: string, { value }: Option): string => `--${name}${value ? ` ${value.shown}` : ""}`;

/** Words in lines that stay within a terminal, those after the first indented. */
export function wrapped(head: string, words: string, column = NAME_WIDTH + 4): string {
  const indent = " ".repeat(column);
  const lines = [head.length < indent.length ? head.padEnd(indent.length - 1) : head];
  for (const word of words.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (longer.length <= LINE_WIDTH) lines[lines.length - 1] = longer;
    else lines.push(indent + word);
  }
  return lines.join("\n");
}

const described = ({ value, help, default: standard }: Option): string =>
  [
    ...(help === "" ? [] : [help]),
    ...(value?.known && value.known.length > 0 ? [`Known: ${value.known.join(", ")}.`] : []),
    ...(standard === undefined ? [] : [`Default: ${standard}.`]),
  ].join(" ");

export function helpText({ name, paths, about, more, options }: Command): string {
  const rows = Object.entries(options).map(([key, option]) => wrapped(`  ${nameOf(key, option)}`, described(option)));
  const first = `npm run ${name} -- ${paths === undefined ? "" : `${paths} `}[options]`;
  return [first, ...(about ? [about] : []), [...rows, "  --help"].join("\n"), ...(more ? [more] : [])].join("\n\n");
}

/** Insertions, deletions and replacements of letters that make one word of the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

/** Options that a person may have meant, the nearest first. */
function near(name: string, options: Command["options"]): readonly string[] {
  const most = name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3));
  return Object.keys(options)
    .map((known) => ({ known, far: known.startsWith(name) ? 0 : distance(name, known) }))
    .filter(({ far }) => far <= most)
    .sort((a, b) => a.far - b.far)
    .map(({ known }) => `--${known}`);
}

function unknown(name: string, { options }: Command): OptionError {
  const meant = near(name, options);
  return new OptionError(
    `--${name} is no option of this command${meant.length > 0 ? `; did you mean ${meant.join(" or ")}?` : "."}`,
  );
}

type Token = NonNullable<ReturnType<typeof parseArgs>["tokens"]>[number];

/** The value of one option as it was given. @throws OptionError where there is none, one too many, or another than declared. */
function givenValue({ name, option }: Named, token: Extract<Token, { kind: "option" }>): string | true {
  const { value } = option;
  if (!value) {
    if (token.value === undefined) return true;
    throw new OptionError(`--${name} takes no value, but came with "${token.value}".`);
  }
  const given = token.value;
  if (given === undefined || (!token.inlineValue && /^--?[a-z]/i.test(given)))
    throw new OptionError(`--${name} needs a value: ${nameOf(name, option)}.`);
  const problem = value.problem?.(given);
  if (problem !== undefined) throw new OptionError(`--${name} ${given}: ${problem}`);
  return given;
}

interface Named {
  readonly name: string;
  readonly option: Option;
}

/** The options by every name that they may go by. */
const byName = (options: Command["options"]): ReadonlyMap<string, Named> =>
  new Map(
    Object.entries({ ...options, help: { help: "" } }).flatMap(([name, option]: [string, Option]) =>
      [name, ...(option.formerly ? [option.formerly] : [])].map((key) => [key, { name, option }]),
    ),
  );

function tokensOf(known: ReadonlyMap<string, Named>, args: readonly string[]): readonly Token[] {
  const types = [...known].map(([key, { option }]) => [key, { type: option.value ? "string" : "boolean" }] as const);
  return parseArgs({ args: [...args], options: Object.fromEntries(types), strict: false, tokens: true }).tokens;
}

/** @throws OptionError */
export function parseLine(
  command: Command,
  args: readonly string[],
): { readonly given: Given; readonly paths: readonly string[] } {
  const known = byName(command.options);
  const given: Record<string, Given[string]> = {};
  for (const [name, { default: standard }] of Object.entries(command.options))
    if (standard !== undefined) given[name] = standard;
  const paths: string[] = [];
  for (const token of tokensOf(known, args)) {
    if (token.kind === "positional") paths.push(token.value);
    if (token.kind !== "option") continue;
    const named = known.get(token.name);
    if (!named) throw unknown(token.name, command);
    const value = givenValue(named, token);
    given[named.name] = named.option.repeated ? ([given[named.name] ?? [], value].flat() as string[]) : value;
  }
  if (command.paths === undefined && paths.length > 0)
    throw new OptionError(`"${paths[0]}" belongs to no option; options begin with --.`);
  return { given, paths };
}

/** Runs a command, or shows its help. `codeOf`: the exit code where it throws; with 2, options were refused. */
export async function runCommand(
  command: Command,
  run: (given: Given, paths: readonly string[]) => Promise<number>,
  codeOf: (error: Error) => number = () => 2,
): Promise<never> {
  try {
    const { given, paths } = parseLine(command, process.argv.slice(2));
    if (given["help"]) console.log(helpText(command));
    process.exitCode = given["help"] ? 0 : await run(given, paths);
  } catch (caught) {
    const error = caught as Error;
    process.exitCode = codeOf(error);
    const hint = error instanceof OptionError || process.exitCode === 2;
    console.error(error.message + (hint ? `\n\nnpm run ${command.name} -- --help lists the options.` : ""));
  }
  // Executors keep threads alive that nobody waits for.
  return process.exit();
}
