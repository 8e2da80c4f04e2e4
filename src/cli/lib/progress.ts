/** A run for a person at a terminal: a bar that redraws in place while training, a table of metrics after every evaluation. */
import type { RunEvent, TaskMetrics } from "../../contracts/runEvent";
import { formatDuration } from "../../figures/format";
import { primaryScores, type Score } from "../../runtime/products/export/scores";

export interface Reporter {
  event(event: RunEvent): void;
  /** What a run that goes on has told before. */
  earlier(event: RunEvent): void;
  close(): void;
}

type Metrics = Readonly<Partial<Record<string, TaskMetrics>>>;

const bar = (fraction: number, width = 24): string => {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return `${"━".repeat(filled)}${"─".repeat(width - filled)}`;
};

const show = ({ task, key, unit, scaled }: Score, metrics: Metrics | undefined): string => {
  const value = metrics?.[task]?.[key];
  if (value === undefined) return "–";
  return `${scaled(value).toFixed(unit === "%" ? 1 : unit === "m" ? 3 : 2)} ${unit}`.trim();
};

class TerminalReporter implements Reporter {
  private prepared: Extract<RunEvent, { type: "prepared" }> | null = null;
  private scores: readonly Score[] = [];
  private first: Extract<RunEvent, { type: "evaluation" }> | null = null;
  private meanMs = 0;
  private inLine = false;
  private lastDraw = 0;

  constructor(
    private readonly screen: NodeJS.WriteStream,
    private readonly out: NodeJS.WriteStream,
  ) {}

  event(event: RunEvent): void {
    switch (event.type) {
      case "data":
        this.line(
          `Data: ${event.entry.label}, ${event.entry.train} training and ${event.entry.val} validation images, labels for ${event.entry.tasks.join(", ")}.`,
        );
        for (const { path, reason } of event.report.slice(0, 20)) this.line(`  ${path}: ${reason}`);
        if (event.report.length > 20) this.line(`  and ${event.report.length - 20} more`);
        return;
      case "opening":
        this.draw(`Counting the classes of the labels  ${bar(event.done / Math.max(1, event.total))}`);
        return;
      case "state":
        if (event.progress !== undefined) this.draw(`${event.message}  ${bar(event.progress)}`);
        return;
      case "prepared":
        this.prepared = event;
        this.scores = primaryScores(event.config);
        this.describe(event);
        return;
      case "step":
        this.step(event);
        return;
      case "evaluation":
        this.first ??= event;
        this.table(event);
        return;
      case "resumed":
        this.line(`Goes on after step ${event.step}.`);
        return;
      case "log":
        this.line(event.message);
        return;
      default:
        return;
    }
  }

  earlier(event: RunEvent): void {
    if (event.type === "evaluation") this.first ??= event;
  }

  close(): void {
    if (this.inLine) this.screen.write("\n");
    this.inLine = false;
  }

  private describe(event: Extract<RunEvent, { type: "prepared" }>): void {
    const trained = event.parameters.reduce((n, g) => n + g.trained, 0);
    const total = event.parameters.reduce((n, g) => n + g.total, 0);
    this.line(`Device: ${event.executor.description} (${event.executor.reason})`);
    this.line(
      `trainable params: ${trained} || all params: ${total} || trainable%: ${((100 * trained) / total).toFixed(4)}`,
    );
    for (const group of event.parameters)
      if (group.trained > 0) this.line(`  ${group.label.padEnd(22)} ${String(group.trained).padStart(9)}`);
  }

  private step(event: Extract<RunEvent, { type: "step" }>): void {
    const steps = this.prepared?.config.training.steps ?? event.step;
    this.meanMs = this.meanMs === 0 ? event.stepMs : 0.9 * this.meanMs + 0.1 * event.stepMs;
    const losses = Object.entries(event.losses).map(([task, loss]) => `${task} ${loss!.toFixed(3)}`);
    const left = formatDuration(this.meanMs * (steps - event.step));
    this.draw(
      `${bar(event.step / steps)} ${event.step}/${steps}  ${losses.join("  ")}  ${formatDuration(event.stepMs, "ms")} a step, ${left} left`,
      event.step === steps,
    );
  }

  private table(event: Extract<RunEvent, { type: "evaluation" }>): void {
    this.close();
    this.out.write(`\nStep ${event.step}, ${event.images} validation images (${formatDuration(event.ms, "ms")}):\n`);
    const start = this.prepared?.config.adapter ? "as opened" : "untrained";
    for (const score of this.scores) {
      const [now, before, constant] = [event.metrics, this.first?.metrics, this.prepared?.baseline].map((metrics) =>
        show(score, metrics),
      );
      this.out.write(
        `  ${score.taskLabel.padEnd(22)} ${score.measure.padEnd(24)} ${now!.padStart(10)}   ${start} ${before!.padStart(8)}   baseline ${constant!.padStart(8)}\n`,
      );
    }
    this.out.write("\n");
  }

  /** Redraws one line on a terminal; elsewhere says it once in a while. */
  private draw(text: string, force = false): void {
    const now = Date.now();
    const interval = this.screen.isTTY ? 100 : 15000;
    if (!force && now - this.lastDraw < interval) return;
    this.lastDraw = now;
    if (!this.screen.isTTY) {
      this.screen.write(`${text}\n`);
      return;
    }
    this.screen.write(`\r\x1b[2K${text.slice(0, (this.screen.columns || 100) - 1)}`);
    this.inLine = true;
  }

  private line(text: string): void {
    this.close();
    this.screen.write(`${text}\n`);
  }
}

export const progressReporter = (screen: NodeJS.WriteStream, out: NodeJS.WriteStream): Reporter =>
  new TerminalReporter(screen, out);
