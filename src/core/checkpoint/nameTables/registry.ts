import { swinTables } from "./swin";
import { vitTables } from "./vit";

/** Every naming that is read and written; where a file fits several, the first one counts. */
export const nameTables = [...swinTables, ...vitTables] as const;

export type NamingId = (typeof nameTables)[number]["id"];
