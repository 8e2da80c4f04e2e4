/** Dotted places in a run configuration, as `Setting.path` names them. */
import type { RunConfig } from "../../contracts/runConfig";

type Tree = { readonly [key: string]: unknown };
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** The value at `path`; undefined where there is none. */
export function fieldAt(config: RunConfig, path: string): unknown {
  return path.split(".").reduce<unknown>((tree, key) => (isTree(tree) ? tree[key] : undefined), config);
}

/** A copy with `value` at `path`; everything off the path is shared with the original. */
export function withField(config: RunConfig, path: string, value: unknown): RunConfig {
  const replace = (tree: Tree, [key, ...rest]: readonly string[]): Tree => {
    if (key === undefined) return tree;
    const child = tree[key];
    return { ...tree, [key]: rest.length > 0 && isTree(child) ? replace(child, rest) : value };
  };
  return replace(config, path.split(".")) as RunConfig;
}

/** Whether two plain values hold the same, whatever the order of their keys. */
export function sameValue(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, i) => sameValue(item, right[i]));
  if (!isTree(left) || !isTree(right)) return false;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => sameValue(left[key], right[key]));
}
