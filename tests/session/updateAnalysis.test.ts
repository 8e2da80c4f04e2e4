/** The numbers behind the paper's claims, measured on real runs. */
import { afterEach, describe, expect, it } from "vitest";
import type { UpdateAnalysis } from "../../src/contracts/updateAnalysis";
import { methodChoice } from "../../src/runtime/run/prepare/modelSpec";
import { openSession, preset, type Watched } from "./open";

let watched: Watched | undefined;
afterEach(() => watched?.session.dispose());

async function evidenceOf(method: string): Promise<UpdateAnalysis> {
  const micro = preset("micro");
  watched = await openSession();
  const config = {
    ...micro,
    method: methodChoice(method),
    device: "cpu" as const,
    training: { ...micro.training, steps: 4, learningRate: { ...micro.training.learningRate, method: 0.3 } },
  };
  await watched.send({ type: "prepare", config });
  await watched.send({ type: "start" });
  await watched.send({ type: "update-analysis" });
  expect(watched.of("failed")).toEqual([]);
  return watched.of("update-analysis")[0]!.updateAnalysis;
}

describe("the update analysis of a run", () => {
  it("finds updates of full rank and angles of exactly zero for DiTASK, at every warped site", async () => {
    const { updates, unmerged, tasks } = await evidenceOf("ditask");
    expect(tasks).toEqual(["semseg", "normals"]);
    expect(unmerged).toEqual([]);
    const warped = updates.filter(({ site, relativeUpdate }) => !site.endsWith("reduction") && relativeUpdate > 0);
    expect(warped.length).toBeGreaterThan(10);
    expect(new Set(warped.map(({ leftAngle, rightAngle }) => leftAngle + rightAngle))).toEqual(new Set([0]));
    expect(Math.max(...warped.map(({ rank, fullRank }) => rank / fullRank))).toBeGreaterThan(0.9);
    expect(new Set(warped.map(({ stream }) => stream))).toEqual(new Set(["shared", "semseg", "normals"]));
  });

  it("finds the rank of LoRA, which turns the singular vectors", async () => {
    const { updates } = await evidenceOf("lora");
    const moved = updates.filter(({ relativeUpdate, site }) => relativeUpdate > 0 && !site.endsWith("reduction"));
    expect(moved.length).toBeGreaterThan(0);
    for (const { rank, fullRank, leftAngle } of moved) {
      expect(rank).toBeLessThanOrEqual(Math.min(fullRank, 8));
      expect(leftAngle).toBeGreaterThan(0);
    }
  });

  it("gives cosines of task gradients: symmetric, one on the diagonal, within ±1; and leaves the run as it was", async () => {
    const { cosines } = await evidenceOf("full");
    expect(cosines[0]!.place).toBe("all");
    for (const { matrix } of cosines)
      for (const [i, row] of matrix.entries())
        for (const [j, cosine] of row.entries()) {
          expect(cosine).toBe(matrix[j]![i]);
          if (i === j) expect(cosine).toBe(1);
          else expect(Math.abs(cosine!)).toBeLessThan(1 + 1e-6);
        }
    await watched!.send({ type: "evaluate" });
    const [before, after] = watched!.of("evaluation").slice(-2);
    expect(after!.metrics).toEqual(before!.metrics);
  });
});

it("waits while a run is exported, and the run goes on after both", async () => {
  const micro = preset("micro");
  watched = await openSession();
  const config = { ...micro, device: "cpu" as const, training: { ...micro.training, steps: 5000, evaluateEvery: 0 } };
  await watched.send({ type: "prepare", config });
  void watched.send({ type: "start" });
  const steps = (): number => watched!.of("step").length;
  await expect.poll(steps).toBeGreaterThan(2);
  void watched.send({ type: "export", what: "adapter" });
  void watched.send({ type: "update-analysis" });
  await expect.poll(() => watched!.of("update-analysis").length, { timeout: 10_000 }).toBe(1);
  const types = watched.events.map(({ type }) => type);
  const [exported, updateAnalysis] = [types.indexOf("exported"), types.indexOf("update-analysis")];
  const measuring = watched.events.findIndex(
    (event) => event.type === "state" && event.message.startsWith("Measuring what"),
  );
  expect(exported).toBeGreaterThan(0);
  expect(types.slice(measuring, updateAnalysis)).not.toContain("step");
  const before = steps();
  await expect.poll(steps).toBeGreaterThan(before);
  await watched.send({ type: "pause" });
  expect(watched.of("failed")).toEqual([]);
});
