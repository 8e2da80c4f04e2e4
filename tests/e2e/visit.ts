/** One visit of the page by a person: what they press and read, and what the browser saw meanwhile. */
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import type { MetricsFile } from "../../src/runtime/run/artefacts";

/** Patience for a busy machine; a quiet one needs a tenth of it. */
export const PATIENCE_MS = 200_000;

type Button = "Start" | "Pause" | "Step" | "Stop" | "Reset";

/** The trace category of "RunTask", a task of a thread with its processor time in microseconds. */
const TASKS = "disabled-by-default-devtools.timeline";

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

export class Visit {
  /** Every address asked for, by the page and its workers. */
  readonly requests: string[] = [];
  /** Errors of the console and errors that nobody caught. */
  readonly troubles: string[] = [];

  private constructor(
    readonly page: Page,
    readonly address: string,
  ) {
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("request", (request) => this.requests.push(request.url()));
    page.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "";
      // A page that is left or reloaded drops what it still asked for.
      if (!reason.includes("ERR_ABORTED")) this.troubles.push(`${request.url()}: ${reason}`);
    });
    page.on("console", (line) => {
      if (line.type() === "error") this.troubles.push(line.text());
    });
    page.on("pageerror", (error) => this.troubles.push(error.stack ?? error.message));
    page.on("crash", () => this.troubles.push("The page crashed."));
  }

  static async open(page: Page, address: string, link: string): Promise<Visit> {
    const visit = new Visit(page, address);
    await page.addInitScript(countSteps);
    await visit.goTo(link);
    return visit;
  }

  /** `link` is what follows the page's address. */
  async goTo(link: string): Promise<void> {
    await this.page.goto(link.startsWith("about:") ? link : new URL(link, this.address).href);
  }

  press(name: Button): Promise<void> {
    return this.page.getByRole("button", { name, exact: true }).click();
  }

  /** Waits for a state as the status names it in its data-state; a failed run ends the waiting with what the page says. */
  async reaches(state: string, timeout = PATIENCE_MS): Promise<void> {
    const status = this.page.locator("[role=status][data-state]");
    await status.and(this.page.locator(`[data-state="${state}"], [data-state="failed"]`)).waitFor({ timeout });
    if (state === "failed" || (await status.getAttribute("data-state")) !== "failed") return;
    throw new Error(`The page says: ${await this.page.getByRole("alert").first().textContent()}`);
  }

  /** N of "step N" in the status. */
  async step(): Promise<number> {
    const text = (await this.page.locator("[role=status][data-state]").textContent()) ?? "";
    return Number(/step (\d+)/.exec(text)?.[1] ?? Number.NaN);
  }

  async reachesStep(step: number, timeout = PATIENCE_MS): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => {
        const status = document.querySelector("[role=status][data-state]");
        return Number(/step (\d+)/.exec(status?.textContent ?? "")?.[1] ?? 0) >= wanted;
      },
      step,
      { timeout },
    );
  }

  /** Steps that were told to the page after the last press of Pause. */
  stepsAfterPause(): Promise<number> {
    return this.page.evaluate(() => {
      const { steps, stepsAtPause } = (globalThis as unknown as { told: { steps: number; stepsAtPause: number } }).told;
      return steps - stepsAtPause;
    });
  }

  text(testId: string): Promise<string> {
    return this.page
      .getByTestId(testId)
      .textContent()
      .then((text) => text ?? "");
  }

  /** A number as the page shows it: NaN for a dash. */
  async number(testId: string): Promise<number> {
    return Number((await this.text(testId)).replace("−", "-"));
  }

  /** Chooses Save and a form, and reads the file that comes. */
  async saved(form: RegExp): Promise<Buffer> {
    const download = this.page.waitForEvent("download");
    await this.page.getByLabel("Save", { exact: true }).click();
    await this.page.getByRole("button", { name: form }).click();
    const path = await (await download).path();
    await this.page.keyboard.press("Escape");
    return readFile(path);
  }

  async savedMetrics(): Promise<MetricsFile> {
    return JSON.parse((await this.saved(/^Metrics \(JSON\)/)).toString()) as MetricsFile;
  }

  /** How many different colours a canvas shows; 1 is a blank one. */
  colours(testId: string): Promise<number> {
    return this.page.getByTestId(testId).evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
  }

  /** Records what the browser's threads do, from here to `longestTaskMs`. */
  startTrace(): Promise<void> {
    return this.browser().startTracing(this.page, { categories: [TASKS] });
  }

  /**
   * The longest task of the page's main thread since `startTrace`, in milliseconds of processor time: how long the page was deaf to its
   * user. Time on the clock would tell of the other programs on the machine.
   */
  async longestTaskMs(): Promise<number> {
    const trace = JSON.parse((await this.browser().stopTracing()).toString("utf8")) as { traceEvents: TraceEvent[] };
    const thread = ({ pid, tid }: TraceEvent): string => `${pid}:${tid}`;
    const main = trace.traceEvents.filter(({ args }) => args?.name === "CrRendererMain").map(thread);
    const tasks = trace.traceEvents.filter((event) => event.name === "RunTask" && main.includes(thread(event)));
    if (tasks.length === 0) throw new Error("The trace holds no task of the page's main thread.");
    return tasks.reduce((longest, { tdur = 0 }) => Math.max(longest, tdur / 1000), 0);
  }

  foreignRequests(): string[] {
    return this.requests.filter((url) => !url.startsWith(this.address) && !/^(blob|data):/.test(url));
  }

  private browser(): Browser {
    return this.page.context().browser()!;
  }

  /** What the page and its workers hold, by the browser's own measure. */
  memoryBytes(): Promise<number> {
    return this.page.evaluate(async () => {
      const { measureUserAgentSpecificMemory } = performance as unknown as {
        measureUserAgentSpecificMemory(): Promise<{ bytes: number }>;
      };
      return (await measureUserAgentSpecificMemory.call(performance)).bytes;
    });
  }

  /** The step of the last checkpoint that was told to the page; 0 where none was. */
  keptStep(): Promise<number> {
    return this.page.evaluate(() => (globalThis as unknown as { told: { kept: number } }).told.kept);
  }

  /** The tab's process ends as if the system had killed it: no script of the page hears of it. */
  async kill(): Promise<void> {
    const devtools = await this.page.context().newCDPSession(this.page);
    const crashed = this.page.waitForEvent("crash");
    devtools.send("Page.crash").catch(() => {});
    await crashed;
    await this.page.close();
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}

/** Runs in the page before its scripts: listens at the border between page and worker, because what is drawn comes later. */
function countSteps(): void {
  const told = { steps: 0, stepsAtPause: 0, kept: 0 };
  Object.assign(globalThis, { told });
  globalThis.Worker = class extends Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        if (data.type === "step") told.steps++;
        if (data.type === "checkpoint") told.kept = data.step;
      });
    }

    override postMessage(message: { type: string }): void {
      if (message.type === "pause") told.stepsAtPause = told.steps;
      super.postMessage(message);
    }
  };
}
