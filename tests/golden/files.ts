/** The public golden set of this folder. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import {
  type GoldenCase,
  type GoldenFiles,
  goldenEntries,
  readGoldenCase,
} from "../../src/runtime/products/conformance/golden";

const folder = new URL(".", import.meta.url);

export const publicFiles: GoldenFiles = {
  index: JSON.parse(readFileSync(new URL("index.json", folder), "utf8")),
  read: async (name) => new Uint8Array(await readFile(new URL(name, folder))),
};

export const publicEntries = goldenEntries(publicFiles.index);

export const publicCase = (name: string): Promise<GoldenCase> =>
  readGoldenCase(publicFiles, publicEntries.find((entry) => entry.name === name)!);
