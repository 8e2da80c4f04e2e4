import { useDeferredValue, useMemo } from "react";
import { useRun } from "../../parts/context";
import { allCurves, type Site, sitesOf, type WarpCurves } from "./warpMath";

export interface Warps {
  readonly sites: readonly Site[];
  /** By site name; empty until theta is known. */
  readonly curves: ReadonlyMap<string, readonly WarpCurves[]>;
  readonly theta: Float32Array | null;
  readonly step: number | null;
  /** The largest |phi(x) - x| of all warps. */
  readonly moved: number;
}

const noSites: readonly Site[] = [];

/** The run's warps as curves, computed once for each theta. */
export function useWarps(): Warps {
  const prepared = useRun((shown) => shown.run.prepared);
  const warps = useDeferredValue(useRun((shown) => shown.results.warps));
  const sites = useMemo(() => (prepared ? sitesOf(prepared.sites) : noSites), [prepared]);
  return useMemo(() => {
    const curves = warps ? allCurves(sites, warps.theta) : new Map<string, readonly WarpCurves[]>();
    // Theta of the model before, seen for one frame while another is being prepared, counts as unknown.
    const theta = curves.size > 0 ? (warps?.theta ?? null) : null;
    let moved = 0;
    for (const rows of curves.values()) for (const row of rows) moved = Math.max(moved, row.moved);
    return { sites, curves, theta, step: theta ? (warps?.step ?? null) : null, moved };
  }, [sites, warps]);
}
