/** What a terminal shows of a run. */
import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { progressReporter } from "../../src/cli/lib/progress";
import type { CustomTask } from "../../src/contracts/customTask";
import type { RunEvent } from "../../src/contracts/runEvent";
import { preset } from "../session/open";

/** Keeps what is written to it. */
class Screen extends Writable {
  text = "";
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString("utf8");
    done();
  }
}

const range: CustomTask = {
  id: "range",
  label: "Range",
  kind: "regression",
  channels: 1,
  scale: 1,
  offset: 0,
  flipX: false,
  loss: "l1",
  metric: "rmse",
  colours: "viridis",
  weight: 1,
};

it("an evaluation is told by the measure of every task of the run, the user's own too; what was not measured is a dash", () => {
  const [screen, out] = [new Screen(), new Screen()];
  const reporter = progressReporter(screen as never, out as never);
  const config = { ...preset("micro"), tasks: ["semseg", "range", "normals"], customTasks: [range] };
  const evaluation = { type: "evaluation", step: 3, images: 4, ms: 10, samples: [] } as const;
  const events: readonly Partial<RunEvent>[] = [
    {
      type: "prepared",
      config,
      parameters: [{ id: "theta", label: "warps (theta)", trained: 1, total: 2 }],
      baseline: { semseg: { mIoU: 0.25 }, range: { rmse: 3 } },
      executor: { description: "a device", reason: "a reason" },
    } as never,
    { ...evaluation, metrics: { semseg: { mIoU: 0.5 }, range: { rmse: 1.25 } } } as never,
  ];
  for (const event of events) reporter.event(event as RunEvent);
  reporter.close();
  const lines = out.text.split("\n").map((line) => line.trim().replaceAll(/ {2,}/g, " "));
  expect(lines).toContain("Semantic segmentation mean IoU ↑ 50.0 % untrained 50.0 % baseline 25.0 %");
  expect(lines).toContain("Range root mean square error ↓ 1.25 untrained 1.25 baseline 3.00");
  expect(lines).toContain("Surface normals mean angle ↓ – untrained – baseline –");
});
