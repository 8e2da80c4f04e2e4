/** The public golden set as tests, one a case, on any executor. */
import { expect, it } from "vitest";
import { runConformance } from "../../src/runtime/products/conformance/run";
import type { GraphRunner } from "../../src/runtime/products/conformance/runner";
import { publicEntries, publicFiles } from "./files";

/** Tests every public case that is wanted on `runner`. */
export function testPublicCases(
  runner: GraphRunner,
  wanted: (name: string) => boolean = () => true,
  timeoutMs?: number,
): void {
  const names = publicEntries.map(({ name }) => name).filter(wanted);
  it.each(names)(
    "%s",
    async (name) => {
      const options = { wanted: (other: string) => other === name, now: () => performance.now() };
      const [report] = await runConformance(publicFiles, runner, options);
      expect(report!.problems).toEqual([]);
      expect(report!.quantities.filter((quantity) => !quantity.passed)).toEqual([]);
      expect(report!.passed).toBe(true);
    },
    timeoutMs,
  );
}
