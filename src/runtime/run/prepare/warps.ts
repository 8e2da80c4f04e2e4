/** The warps of a run: where their parameters lie, and what is told of each site once, so that a page can draw its curves from theta alone. */
import type { TaskId } from "../../../contracts/runConfig";
import type { SiteInfo } from "../../../contracts/runEvent";
import type { Model } from "../../../core/model/model";
import { THETA } from "../../../core/model/optimiser";
import type { Weights } from "../../../core/nn/weights";

/** The part of the flat parameters that holds theta of all warps; undefined where the method has none. */
export const thetaSlot = ({ layout }: Model) => layout.slots.find(({ name }) => name === THETA);

export function warpSites(model: Model, weights: Weights): readonly SiteInfo[] {
  const slot = thetaSlot(model);
  if (!slot || model.method.curves.length === 0) return [];
  const thetaAt = new Map(model.layout.parameters.map((p) => [p.name, p.offset - slot.offset]));
  return model.method.spectrumSites.flatMap(({ site, parts, rows, cols }) => {
    const { s } = weights.spectra.get(site)!;
    const count = Math.min(rows, cols);
    return Array.from({ length: parts }, (_, part) => ({
      name: site.replace(/^backbone\./, ""),
      part: parts === 3 ? "qkv"[part]! : "",
      shape: [rows, cols] as const,
      sigma: s.slice(part * count, (part + 1) * count),
      reading: model.method.curves[0]!.reading,
      boundary: model.method.curves[0]!.boundary,
      rows: model.method.curves
        .filter((curve) => curve.site.name === site && curve.part === part)
        .map(({ stream, theta, cells }) => ({
          stream: stream as "shared" | TaskId,
          thetaOffset: thetaAt.get(theta)!,
          cells,
          trained: slot.trainable,
        })),
    }));
  });
}
