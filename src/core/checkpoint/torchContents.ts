/**
 * What a PyTorch file holds, sorted: the largest mapping of names to tensors, wherever it is nested, becomes the weights; plain values at
 * the top become metadata; the rest is told of.
 */
import { PickleObject } from "./pickle";
import { countOf, isTensor, openTensor, type ReadStorage, type TorchTensor } from "./torchTensor";
import type { WeightsFile } from "./weightsFile";

interface Mapping {
  /** Keys from the top, joined by "."; "" for the top itself. */
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** Entries that are neither tensors nor further mappings. */
  readonly others: readonly string[];
  /** Numbers in all tensors. */
  readonly size: number;
}

/** Of mappings of about the same size the first of these is taken: averaged weights and teachers before those that they are made from. */
const PREFERRED = ["state_dict_ema", "model_ema", "ema", "teacher", "state_dict", "model", "module", "student"];
/** "About the same": at least this part of the largest. */
const SAME_SIZE = 0.9;
const MAX_DEPTH = 8;
const MAX_METADATA = 64;
const MAX_SHOWN = 5;

/** @throws where no mapping of names to tensors is found, or a tensor of it is refused. */
export function openContents(
  file: { readonly name: string; readonly size: number },
  format: WeightsFile["format"],
  root: unknown,
  read: ReadStorage,
): WeightsFile {
  const mappings = findMappings(root);
  const chosen = choose(mappings);
  if (!chosen) throw new Error(describeEmpty(file.name, root));
  const tensors = [...chosen.tensors].map(
    ([name, tensor]) => [name, openTensor(name, tensor, read, file.size)] as const,
  );
  return { format, tensors: new Map(tensors), metadata: plainValues(root), notes: notesOf(chosen, mappings, root) };
}

const itemsOf = (value: unknown): ReadonlyMap<unknown, unknown> | undefined =>
  value instanceof PickleObject ? value.items : value instanceof Map ? value : undefined;

function findMappings(root: unknown): readonly Mapping[] {
  const found: Mapping[] = [];
  const seen = new Set<unknown>();
  const visit = (value: unknown, path: readonly string[]): void => {
    const items = itemsOf(value);
    // Optimisers keep moments by parameter: mappings of tensors, but not weights.
    if (!items || seen.has(value) || path.length > MAX_DEPTH || /optim/i.test(path.at(-1) ?? "")) return;
    seen.add(value);
    const named = [...items].filter((item): item is [string, unknown] => typeof item[0] === "string");
    const tensors = new Map(named.filter((item): item is [string, TorchTensor] => isTensor(item[1])));
    const others = named.filter(([, inner]) => !isTensor(inner) && !itemsOf(inner)).map(([key]) => key);
    const size = [...tensors.values()].reduce((sum, { shape }) => sum + countOf(shape), 0);
    if (tensors.size > 0) found.push({ path: path.join("."), tensors, others, size });
    for (const [key, inner] of named) visit(inner, [...path, key]);
  };
  visit(root, []);
  return found;
}

function choose(mappings: readonly Mapping[]): Mapping | undefined {
  const largest = mappings.reduce((size, mapping) => Math.max(size, mapping.size), 0);
  const rank = ({ path }: Mapping): number => {
    const place = PREFERRED.indexOf(path.split(".")[0]!);
    return place < 0 ? PREFERRED.length : place;
  };
  const close = mappings.filter(({ size }) => size >= SAME_SIZE * largest);
  return close.sort((a, b) => rank(a) - rank(b) || b.size - a.size)[0];
}

const title = ({ path, tensors }: Mapping): string =>
  `${path === "" ? "the top level" : `"${path}"`} (${tensors.size} tensors)`;

const few = (names: readonly string[]): string =>
  names
    .slice(0, MAX_SHOWN)
    .map((name) => name.slice(0, 100))
    .join(", ") + (names.length > MAX_SHOWN ? ` and ${names.length - MAX_SHOWN} more` : "");

function notesOf(chosen: Mapping, mappings: readonly Mapping[], root: unknown): readonly string[] {
  const notes: string[] = [];
  const rest = mappings.filter((mapping) => mapping !== chosen).map(title);
  if (chosen.path !== "" || rest.length > 0)
    notes.push(`The weights are those of ${title(chosen)}${rest.length > 0 ? `; left aside: ${few(rest)}` : ""}.`);
  if (chosen.others.length > 0)
    notes.push(`Entries beside them that are no tensors were left aside: ${few(chosen.others)}.`);
  const classes = [...shutClasses(root)].sort();
  if (classes.length > 0)
    notes.push(`The file holds objects of classes that were left shut, and nothing of them was run: ${few(classes)}.`);
  return notes;
}

/** Names of the classes whose objects the mappings hold. */
function shutClasses(root: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<unknown>();
  const open = [root];
  for (let value = open.pop(); value !== undefined || open.length > 0; value = open.pop()) {
    if (typeof value !== "object" || value === null || seen.has(value) || isTensor(value)) continue;
    seen.add(value);
    if (value instanceof PickleObject) names.add(value.className);
    for (const inner of itemsOf(value)?.values() ?? (Array.isArray(value) ? value : [])) open.push(inner);
  }
  return names;
}

/** Numbers, words and switches at the top: epoch, accuracy, version. */
function plainValues(root: unknown): Record<string, string> {
  const plain = [...(itemsOf(root) ?? [])].filter(
    ([key, value]) => typeof key === "string" && ["number", "bigint", "string", "boolean"].includes(typeof value),
  );
  return Object.fromEntries(plain.slice(0, MAX_METADATA).map(([key, value]) => [key, String(value).slice(0, 1000)]));
}

function describeEmpty(file: string, root: unknown): string {
  const advice = "Save a state dict: torch.save(model.state_dict(), FILE).";
  if (root instanceof PickleObject)
    return `${file} holds an object of class ${root.className.slice(0, 200)}, not weights by name; its code is not run here. ${advice}`;
  if (isTensor(root)) return `${file} holds one tensor without a name, not weights by name. ${advice}`;
  return `${file} holds no mapping of names to tensors. ${advice}`;
}
