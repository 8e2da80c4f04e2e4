/** Holds what the import doctor guesses against the scenes that the files were made of. */
import { expect } from "vitest";
import type { LabelEncoding } from "../../src/contracts/labelEncoding";
import { IGNORE } from "../../src/contracts/sample";
import { doubts, type Files, guess, readLabels, scenes, survey, text } from "./dataSets";

/** Eight bits of a direction, and a millimetre of a depth. */
export const ROUNDING = { normals: 0.01, depth: 0.0006 } as const;

export const classNames = (count: number): Files => ({
  "classes.txt": text(Array.from({ length: count }, (_, i) => `class ${i}`).join("\n")),
});

/** Holds what is read with this reading against the scenes' own labels. */
export async function expectTruth(files: Files, name: string, reading: LabelEncoding, tolerance = 0): Promise<void> {
  for (const [scene, { data }] of await readLabels(files, name, { [name]: reading })) {
    const truth = scenes[scene]!.labels[name]!.data;
    let furthest = 0;
    // Where a scene has no label the files have none either.
    for (let i = 0; i < truth.length; i++) {
      const isWrong = (truth[i] === IGNORE) !== (data[i] === IGNORE);
      furthest = Math.max(furthest, isWrong ? Number.POSITIVE_INFINITY : Math.abs(data[i]! - truth[i]!));
    }
    expect(furthest).toBeLessThanOrEqual(tolerance);
  }
}

/** The guess is doubtful as the files lie; followed, it is in force, nothing is doubtful and the labels are the scenes'. */
export async function expectCure(files: Files, name: string, id: string, tolerance = 0): Promise<void> {
  const found = guess(await survey(files), name, id);
  expect(found, id).toMatchObject({ doubtful: true, inForce: false });
  const cured = await survey(files, { [name]: found!.reading });
  expect(doubts(cured)).toEqual([]);
  expect(guess(cured, name, id)?.inForce ?? true).toBe(true);
  expect(cured.samples.flatMap(({ problem }) => problem ?? [])).toEqual([]);
  await expectTruth(files, name, found!.reading, tolerance);
}
