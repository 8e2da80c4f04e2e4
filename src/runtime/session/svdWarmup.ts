/** Decomposes the weights of the user's own files before a run asks for it, so that preparing finds them in the cache. */
import { parameterReader } from "../../core/checkpoint/importWeights";
import type { Model } from "../../core/model/model";
import { FILE_BACKBONE, type OpenedBackbone } from "../run/prepare/openedBackbone";
import type { DeferredMatrix } from "../workers/svd/svdPool";
import type { Host } from "./host";
import { LatestTask } from "./latestTask";
import type { WeightsInput } from "./weightsInput";

const FINISHED = { type: "decomposing", fraction: 1, done: 0, total: 0 } as const;

export class SvdWarmup {
  private readonly latest = new LatestTask();

  constructor(
    private readonly host: Host,
    private readonly weights: WeightsInput,
  ) {}

  /**
   * Those that a run with this model would adapt; a newer call stops an older one. Built-in backbones are small: they wait for the run.
   * @throws where a matrix cannot be read or decomposed; an AbortError where it is stopped.
   */
  warm(backbone: string, model: Model): Promise<void> {
    return this.latest.take(async ({ signal }) => {
      const { opened } = this.weights;
      const matrices = backbone === FILE_BACKBONE && opened ? matricesOf(model, opened) : [];
      try {
        await this.host.workers.svd.warm(matrices, {
          signal,
          onProgress: (progress) => {
            if (!signal.aborted) this.host.tell({ type: "decomposing", ...progress });
          },
        });
      } finally {
        if (matrices.length === 0 || signal.aborted) this.host.tell(FINISHED);
      }
    });
  }

  /** A run that is being prepared needs the workers, and finds in the cache what is done. */
  stop(): Promise<void> {
    return this.latest.end();
  }
}

function matricesOf({ layout, method }: Model, { recognised, tensors }: OpenedBackbone): readonly DeferredMatrix[] {
  const read = parameterReader(layout.parameters, recognised, tensors);
  return method.spectrumSites.flatMap(({ site, weight, parts, rows, cols }) =>
    Array.from({ length: parts }, (_, part) => ({
      name: `${site}#${part}`,
      rows,
      cols,
      read: async () => {
        const size = rows * cols;
        const whole = await read(weight);
        const numbers = whole instanceof Float32Array ? whole : Float32Array.from(whole);
        return numbers.slice(part * size, (part + 1) * size);
      },
    })),
  );
}
