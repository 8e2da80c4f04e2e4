/** The commands: what their help says, the types of their options, and what options make of a configuration. */
import { parseRunConfig, type RunConfig } from "../../contracts/runConfig";
import { type Command, type Given, runCommand, type Value } from "./commandLine";
import { fieldHelp } from "./fieldHelp";
import type { CommandName, Declaration } from "./fieldOptions";
import { declarations } from "./options";
import { setPath } from "./setPath";

type Fields = Record<string, unknown>;

/** What each command is, and what its help ends with. */
const abouts = {
  finetune: {
    about: "Fine-tunes a vision transformer, as the page does.",
    more: `Fields of the run file, for --set:\n${fieldHelp()}\n\nExit code 0 for a finished run, 1 for one that failed or could not be exported as asked, 2 where the options or the configuration are refused, 130 after Ctrl-C.`,
  },
  inspect: {
    paths: "FILE|DIR|ZIP",
    about:
      'Looks at a data set (a folder or a zip archive), at weights (.safetensors, .pth, .pt, .bin, or the .json index of several), at an\nexported adapter (its folder, file or zip) or at checkpoints of a run (a file, or the folder of a run), and prints what an import would\nsee. Guesses begin with "=" where they hold already, "?" where they may be followed, and "!" where something is probably wrong.',
    more: "Exit code 0 where all can be used, 1 where something cannot, 2 where the options are refused.",
  },
  plan: { about: "Computes what a training step costs on WebGPU, without a GPU and without running anything." },
  compare: {
    about: "Compares methods on equal data, seeds and budgets, each at the best of its swept learning rates.",
  },
  sweep: {
    about:
      "Runs the configuration at every point of a grid, and prints one table of the final metrics, mean ± deviation over the seeds.",
  },
  runs: {
    paths: "DIR…",
    about: "Lists the runs below folders that finetune, sweep and compare wrote, named by what differs, in one table.",
  },
  conformance: {
    paths: "[DIR]",
    about:
      "Computes every case of a directory of golden data (index.json and safetensors files, see tests/golden) by this program's own code and\nprints one row for each: what was compared, its largest error, and the tolerance of the index. With --step it compares one training step\nof a configuration, operation by operation, with TensorFlow.js.",
    more: "Exit code 1 where anything failed.",
  },
} as const satisfies Record<CommandName, Omit<Command, "name" | "options">>;

type Declared = typeof declarations;
type NamesOf<C extends CommandName> = {
  [N in keyof Declared]: Declared[N]["commands"] extends Record<C, unknown> ? N : never;
}[keyof Declared];
type DefaultedOf<C extends CommandName> = {
  [N in NamesOf<C>]: Declared[N]["commands"] extends Record<C, { default: string }> ? N : never;
}[NamesOf<C>];
type ValueOf<N extends keyof Declared> = Declared[N] extends { repeated: true }
  ? readonly string[]
  : Declared[N] extends { value: Value }
    ? string
    : boolean;

/** What a command was given. */
export type Flags<C extends CommandName> = { readonly [N in DefaultedOf<C>]: string } & {
  readonly [N in Exclude<NamesOf<C>, DefaultedOf<C>>]?: ValueOf<N> | undefined;
};

const all: Readonly<Record<string, Declaration>> = declarations;

/** A command with the options that are declared for it. */
export function commandOf(name: CommandName): Command {
  const options = Object.entries(all).flatMap(([key, { commands, ...option }]) => {
    const own = commands[name];
    return own ? [[key, { ...option, ...own }] as const] : [];
  });
  return { name, ...abouts[name], options: Object.fromEntries(options) };
}

/** Runs one of the declared commands. `codeOf`: the exit code where it throws. */
export const runDeclared = <C extends CommandName>(
  name: C,
  run: (flags: Flags<C>, paths: readonly string[]) => Promise<number>,
  codeOf?: (error: Error) => number,
): Promise<never> => runCommand(commandOf(name), (given, paths) => run(given as unknown as Flags<C>, paths), codeOf);

/** How a person sets a field of the configuration. */
export function optionOf(path: string): string {
  const option = Object.entries(all).find(
    ([, declaration]) => declaration.path === path && declaration.commands.finetune,
  );
  if (option) return `--${option[0]}`;
  return path.startsWith("customTasks.") ? path : `--set ${path}`;
}

export const mayResume = (option: string): boolean => all[option]?.besideResume === true || option === "help";

/** A configuration changed by options, in the order of their declarations. @throws with the option's name where a value is refused. */
export function configured(base: RunConfig, given: Given): RunConfig {
  const config: Fields = structuredClone(base);
  for (const [name, { path, assign }] of Object.entries(all)) {
    const values = given[name] === undefined ? [] : [given[name]].flat();
    for (const value of values as readonly string[])
      if (assign) assign(config, value);
      else if (path !== undefined) setPath(config, path, value);
  }
  try {
    return parseRunConfig(config);
  } catch (error) {
    const named = Object.keys(given).flatMap((name) => (all[name]?.path ? [[all[name].path, name] as const] : []));
    const message = named.reduce(
      (said, [path, name]) => said.replace(`\n  ${path}:`, `\n  --${name} (${path}):`),
      (error as Error).message,
    );
    throw new Error(message, { cause: error });
  }
}
