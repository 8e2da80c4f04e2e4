/** One compiled graph on WebGPU: writes the inputs, replays the prebuilt dispatches, reads outputs back. */
import { checkFeeds, DeviceError, type Feeds, type Fetches, type Plan, type PlanCost, type Trace } from "../executor";
import { type BoundDispatch, type PlanBuffers, recordPass } from "./bound";
import type { GraphPlan } from "./plan";
import { type DispatchTime, timeDispatches } from "./profile";
import type { Region, Root } from "./regions";
import { Schedule } from "./schedule";
import { type ReadPart, type Recorded, Staging } from "./staging";
import type { Surface } from "./surface";
import { traceNodes } from "./trace";

export class WebGpuPlan implements Plan {
  readonly graph: GraphPlan["graph"];
  readonly cost: PlanCost;
  /** Milliseconds of JavaScript that the last run took, readback aside. */
  replayMs = 0;
  private readonly schedule: Schedule;
  private readonly staging: Staging;
  private readonly outputs: ReadonlyMap<string, ReadPart>;
  private readonly feedArrays: { buffer: GPUBuffer; data: Float32Array; parts: { name: string; offset: number }[] }[];
  private isDisposed = false;
  private lastDone = 0;

  constructor(
    private readonly surface: Surface,
    private readonly plan: GraphPlan,
    private readonly buffers: PlanBuffers,
    private readonly bound: readonly BoundDispatch[],
    private readonly label: string,
    private readonly onDispose: () => void,
  ) {
    this.graph = plan.graph;
    this.cost = plan.cost;
    this.schedule = new Schedule(plan.dispatches);
    this.outputs = new Map([...plan.outputs].map(([name, region]) => [name, this.part(region)]));
    const floats = [...this.outputs.values()].reduce((sum, p) => sum + p.floats, 0);
    this.staging = new Staging(surface.memory, floats);
    this.feedArrays = this.gatherFeeds();
  }

  private part(region: Region): ReadPart {
    return { ...this.buffers.at(region), floats: region.floats };
  }

  /** Inputs that share a buffer are gathered in one array, which one upload brings. */
  private gatherFeeds() {
    const byRoot = new Map<Root, { name: string; offset: number }[]>();
    for (const { name, region } of this.plan.feeds) {
      const parts = byRoot.get(region.root) ?? [];
      parts.push({ name, offset: region.offset });
      byRoot.set(region.root, parts);
    }
    return [...byRoot].map(([root, parts]) => ({
      buffer: this.buffers.at({ root, offset: 0, floats: root.floats }).buffer,
      data: parts.length > 1 ? new Float32Array(root.floats) : new Float32Array(0),
      parts,
    }));
  }

  async run(feeds: Feeds, fetch: readonly string[] = [...this.outputs.keys()]): Promise<Fetches> {
    this.check();
    checkFeeds(this.graph, feeds);
    const parts = fetch.map((name) => this.output(name));
    const { device, now } = this.surface;
    const start = now();
    device.pushErrorScope("validation");
    this.upload(feeds);
    const recorded = this.submit(parts);
    const accepted = this.accepted(device.popErrorScope());
    this.replayMs = now() - start;
    if (this.schedule.isTiming) this.time(start);
    if (!recorded) return {};
    const read = this.staging.read(recorded);
    // What was refused tells more than the answer that did not come.
    const arrays = await this.surface.guard(Promise.allSettled([read, accepted]).then(() => accepted.then(() => read)));
    return Object.fromEntries(fetch.map((name, i) => [name, arrays[i]!]));
  }

  private submit(parts: readonly ReadPart[]): Recorded | undefined {
    const { device } = this.surface;
    let recorded: Recorded | undefined;
    let from = 0;
    const cuts = this.schedule.cuts.length > 0 ? this.schedule.cuts : [0];
    for (const to of cuts) {
      const encoder = device.createCommandEncoder();
      if (to > from) recordPass(encoder, this.bound, from, to);
      if (to === cuts.at(-1) && parts.length > 0) recorded = this.staging.record(encoder, parts);
      device.queue.submit([encoder.finish()]);
      from = to;
    }
    return recorded;
  }

  /** Rejects where the GPU refuses a run's work; nobody waits for it but who reads. */
  private accepted(scope: Promise<GPUError | null>): Promise<void> {
    const answer = scope.then((error) => {
      if (!error) return;
      const refused = new DeviceError(
        `The GPU refused the work of "${this.label}": ${error.message} Open the device anew, or choose another.`,
      );
      this.surface.fail(refused);
      throw refused;
    });
    answer.catch(() => {});
    return answer;
  }

  private check(): void {
    if (this.isDisposed) throw new Error("This plan was disposed; compile the graph again to run it.");
    this.surface.check();
  }

  private output(name: string): ReadPart {
    const part = this.outputs.get(name);
    if (!part)
      throw new Error(`The graph has no output "${name}"; it has ${[...this.outputs.keys()].join(", ") || "none"}.`);
    return part;
  }

  private upload(feeds: Feeds): void {
    for (const { buffer, data, parts } of this.feedArrays) {
      if (parts.length === 1) {
        this.surface.memory.write(buffer, parts[0]!.offset, feeds[parts[0]!.name]!);
        continue;
      }
      for (const { name, offset } of parts) data.set(feeds[name]!, offset);
      this.surface.memory.write(buffer, 0, data);
    }
  }

  /** GPU time of this run: from its submit, or from the end of the run before it, to its own end. */
  private time(start: number): void {
    const done = this.surface.device.queue.onSubmittedWorkDone();
    done.then(
      () => {
        const end = this.surface.now();
        this.schedule.measured(end - Math.max(start, this.lastDone));
        this.lastDone = end;
      },
      () => undefined,
    );
  }

  /** The buffer that holds an output after a run, until the next run of any plan of the executor. */
  outputBuffer(name: string): ReadPart & { readonly shape: readonly number[] } {
    this.check();
    const { value } = this.graph.outputs.find((o) => o.name === name) ?? {};
    const part = this.output(name);
    return { ...part, shape: value?.shape ?? [part.floats] };
  }

  /** Other plans of the executor must not run meanwhile: they share the memory. */
  trace(feeds: Feeds): Trace {
    this.check();
    checkFeeds(this.graph, feeds);
    const { surface, plan, buffers, bound } = this;
    return { graph: plan.lowered, nodes: traceNodes({ surface, plan, buffers, bound }, () => this.upload(feeds)) };
  }

  /** Runs once with every dispatch timed on the GPU (feature timestamp-query). Updates take effect as in `run`. */
  async profile(feeds: Feeds): Promise<readonly DispatchTime[]> {
    this.check();
    checkFeeds(this.graph, feeds);
    this.upload(feeds);
    return this.surface.guard(timeDispatches(this.surface.device, this.bound));
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.staging.release();
    this.buffers.release();
    this.onDispose();
  }
}
