/** Decomposes the weights of the user's own files before a run asks for it, so that preparing finds them in the cache. */
import { parameterReader } from "../../core/checkpoint/importWeights";
import type { Model } from "../../core/model/model";
import { FILE_BACKBONE, type OpenedBackbone } from "../openedBackbone";
import type { DeferredMatrix } from "../svdPool";
import type { Host } from "./host";

export class Decomposer {
  private abort: AbortController | null = null;
  private working: Promise<void> = Promise.resolve();

  constructor(private readonly host: Host) {}

  /** Those that a run with this model would adapt. Built-in backbones are small: they wait for the run. */
  async warm(backbone: string, model: Model): Promise<void> {
    await this.stop();
    const { opened, svd } = this.host.environment;
    const matrices = backbone === FILE_BACKBONE && opened ? matricesOf(model, opened) : [];
    const abort = new AbortController();
    this.abort = abort;
    const work = svd.warm(matrices, {
      signal: abort.signal,
      onProgress: (progress) => {
        if (!abort.signal.aborted) this.host.tell({ type: "decomposing", ...progress });
      },
    });
    this.working = work.catch(() => {});
    await work;
    if (matrices.length === 0) this.host.tell({ type: "decomposing", fraction: 1, done: 0, total: 0 });
  }

  /** A run that is being prepared needs the workers, and finds in the cache what is done. */
  async stop(): Promise<void> {
    this.abort?.abort(Object.assign(new Error("A run is prepared."), { name: "AbortError" }));
    this.abort = null;
    await this.working;
  }
}

function matricesOf({ layout, adapter }: Model, { recognised, tensors }: OpenedBackbone): readonly DeferredMatrix[] {
  const read = parameterReader(layout.parameters, recognised, tensors);
  return adapter.spectrumSites.flatMap(({ site, weight, parts, rows, cols }) =>
    Array.from({ length: parts }, (_, part) => ({
      name: `${site}#${part}`,
      rows,
      cols,
      read: async () => {
        const size = rows * cols;
        return Float32Array.from(await read(weight)).slice(part * size, (part + 1) * size);
      },
    })),
  );
}
