/** Every family of backbones that files are read of and written for, and the names that they may go by. */
import type { NamedTable } from "../nameTables/table";
import type { Family } from "./family";
import { swinFamily } from "./swin";
import { vitFamily } from "./vit";

/** What a registry knows of a family: its tables and settings are the family's own to understand. */
export type AnyFamily = Omit<Family<NamedTable, object>, "sizes"> & { readonly sizes: readonly string[] };

export const families: readonly AnyFamily[] = [swinFamily, vitFamily];

/** @throws where no such family is registered. */
export function familyOf(id: string): AnyFamily {
  const found = families.find((family) => family.id === id);
  if (found) return found;
  const known = families.map((family) => family.id).join(", ");
  throw new Error(`Backbones of the family "${id}" have no names in files; known: ${known}.`);
}

export interface Naming {
  readonly table: NamedTable;
  readonly family: AnyFamily;
}

/** Every naming that is read and written; where a file fits several, the first one counts. */
export const namings: readonly Naming[] = families.flatMap((family) =>
  family.tables.map((table) => ({ table, family })),
);

/** @throws where there is no naming of this id. */
export function namingOf(id: string): Naming {
  const found = namings.find(({ table }) => table.id === id);
  if (found) return found;
  throw new Error(`"${id}" is no naming of weights; known: ${namings.map(({ table }) => table.id).join(", ")}.`);
}
