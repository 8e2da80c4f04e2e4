/** Which names are trained on and which are held out. */
import type { FileOptions } from "../../contracts/dataOrigin";
import type { Split } from "../../contracts/sample";
import { random } from "../../core/math/random";
import { splitPath } from "../fileTree";
import type { FileNote } from "./layout";

const HELD_OUT_SHARE = 0.2;

/** The text files that list the names, for messages. */
type ListFiles = Readonly<Record<Split, string>>;

/**
 * By the lists where there are any (one list alone leaves the rest to the other split), else 80 % to 20 %, drawn by seed and name, so that
 * a name keeps its rank when others are added. A name in both lists is held out, as training on it would spoil the evaluation. A share that
 * the person asked for is drawn whatever the lists say.
 * @throws where a split would be empty.
 */
export function splitNames(
  names: readonly string[],
  lists: Readonly<Partial<Record<Split, readonly string[]>>>,
  { seed, valShare = 0 }: Pick<FileOptions, "seed" | "valShare">,
  report: FileNote[],
  files: ListFiles = { train: "train.txt", val: "val.txt" },
): Record<Split, readonly string[]> {
  const hasLists = lists.train !== undefined || lists.val !== undefined;
  const split =
    hasLists && valShare === 0 ? byLists(names, lists, report, files) : byDraw(names, seed, valShare || HELD_OUT_SHARE);
  if (valShare > 0) noteUnused(lists, files, report);
  for (const part of ["train", "val"] as const) {
    if (split[part].length === 0) {
      throw new Error(`No labelled image is left for ${part}. Check the names in ${files.train} and ${files.val}.`);
    }
  }
  return split;
}

function noteUnused(lists: Readonly<Partial<Record<Split, unknown>>>, files: ListFiles, report: FileNote[]): void {
  for (const part of ["train", "val"] as const)
    if (lists[part]) report.push({ path: files[part], reason: "is not used, as the validation images are drawn" });
}

/** At least one name is held out, and one is left of more. */
function byDraw(names: readonly string[], seed: number, share: number): Record<Split, string[]> {
  const rank = new Map(names.map((name) => [name, random(seed, "split", name).uint32()]));
  const held = Math.max(1, Math.min(names.length - 1, Math.round(share * names.length)));
  const drawn = [...names].sort((a, b) => rank.get(a)! - rank.get(b)! || (a < b ? -1 : 1));
  const val = new Set(drawn.slice(0, held));
  return { train: names.filter((name) => !val.has(name)), val: names.filter((name) => val.has(name)) };
}

function byLists(
  names: readonly string[],
  lists: Readonly<Partial<Record<Split, readonly string[]>>>,
  report: FileNote[],
  files: ListFiles,
): Record<Split, string[]> {
  const known = new Set(names);
  const composed = new Map(names.map((name) => [name.normalize("NFC"), name]));
  const listed = (part: Split): Set<string> | undefined => {
    const list = lists[part];
    if (!list) return undefined;
    const names = new Map(list.map((line) => [line, nameOfLine(line, known, composed)]));
    noteLines(
      [...names].filter(([, name]) => name === undefined).map(([line]) => line),
      files[part],
      report,
    );
    return new Set([...names.values()].filter((name) => name !== undefined));
  };
  const val = listed("val");
  const train = listed("train");
  for (const name of train ?? []) {
    if (!val?.has(name)) continue;
    report.push({ path: files.train, reason: `lists ${name}, which ${files.val} lists too; it is held out` });
    train?.delete(name);
  }
  const inTrain = (name: string): boolean => (train ? train.has(name) : !val?.has(name));
  const inVal = (name: string): boolean => (val ? val.has(name) : !train?.has(name));
  const unlisted = names.filter((name) => !inTrain(name) && !inVal(name));
  for (const name of unlisted)
    report.push({ path: `images/${name}`, reason: `is in neither ${files.train} nor ${files.val}` });
  return { train: names.filter(inTrain), val: names.filter(inVal) };
}

/** More notes than this of one list become one. */
const MOST_NOTES = 20;
const MOST_CHARACTERS = 100;

function noteLines(lines: readonly string[], path: string, report: FileNote[]): void {
  const short = lines.slice(0, MOST_NOTES).map((line) => line.slice(0, MOST_CHARACTERS));
  if (lines.length > MOST_NOTES)
    report.push({
      path,
      reason: `lists ${lines.length} names that have no labelled image, such as ${short.slice(0, 3).join(", ")}`,
    });
  else for (const line of short) report.push({ path, reason: `lists ${line}, which has no labelled image` });
}

/**
 * Lists hold bare names, file names, or paths such as images/NAME.jpg. `composed`: the known names by their composed form, as macOS stores
 * and packs names with their accents apart, and a list has them as they were typed.
 */
function nameOfLine(
  line: string,
  known: ReadonlySet<string>,
  composed: ReadonlyMap<string, string>,
): string | undefined {
  const withoutFolder = line.replace(/^\.?\/?images\//, "");
  const { stem } = splitPath(`images/${withoutFolder}`);
  const forms = [line, withoutFolder, stem];
  const exact = forms.find((name) => known.has(name));
  return exact ?? forms.map((name) => composed.get(name.normalize("NFC"))).find((name) => name !== undefined);
}
