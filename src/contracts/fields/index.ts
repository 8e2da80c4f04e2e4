/** Every field of the configuration, at its place in the run file. Units are in the names; fractions are of the whole run. */
import * as v from "valibot";
import { data } from "./data";
import type { Field } from "./field";
import { backbone, customTasks, decoder, device, input, method, tasks } from "./model";
import { training } from "./training";

const fields = { backbone, input, data, method, decoder, tasks, customTasks, training, device };

interface Tree {
  readonly [key: string]: Field | Tree;
}

type ValuesOf<T> = T extends { readonly default: infer Value; readonly schema: unknown }
  ? Value
  : { [K in keyof T]: ValuesOf<T[K]> };
/** What the fields hold together. */
export type FieldValues = ValuesOf<typeof fields>;

/** With its dotted place in the run file. */
export type DeclaredField = Field & { readonly path: string };

const isField = (node: Field | Tree): node is Field => "schema" in node;

const list = (tree: Tree, above: readonly string[] = []): readonly DeclaredField[] =>
  Object.entries(tree).flatMap(([key, node]) => {
    const path = [...above, key];
    return isField(node) ? [{ ...node, path: path.join(".") }] : list(node, path);
  });

/** In the order of the run file. */
export const fieldList: readonly DeclaredField[] = list(fields);

export const fieldOf = (path: string): DeclaredField | undefined => fieldList.find((field) => field.path === path);

/** Defaults are plain data. */
const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const schemaOf = (tree: Tree): v.ObjectEntries =>
  Object.fromEntries(
    Object.entries(tree).map(([key, node]) => {
      if (!isField(node)) return [key, v.strictObject(schemaOf(node))];
      return [key, node.optional ? v.optional(node.schema, () => copyOf(node.default)) : node.schema];
    }),
  );

/** Entries of the run file's schema. */
export const fieldSchemas = schemaOf(fields);

const defaultsOf = (tree: Tree): object =>
  Object.fromEntries(
    Object.entries(tree).map(([key, node]) => [key, isField(node) ? copyOf(node.default) : defaultsOf(node)]),
  );

/** A fresh copy of every default. */
export const fieldDefaults = (): FieldValues => defaultsOf(fields) as FieldValues;
