/** What a worker of the SVD pool can do; the same in the page and in Node. */
import { type Svd, svd } from "../../../core/math/svd";

/** weight: [rows,cols]. */
export interface Matrix {
  readonly weight: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

/** More messages than this per matrix would tell a person nothing. */
const PROGRESS_STEP = 0.02;

export const svdMethods = {
  /** @throws where the matrix has no decomposition. */
  decompose({ weight, rows, cols }: Matrix, onProgress: (fraction: number) => void): Svd {
    let told = 0;
    return svd(weight, rows, cols, {
      onProgress: (fraction) => {
        if (fraction - told < PROGRESS_STEP) return;
        told = fraction;
        onProgress(fraction);
      },
    });
  },
};

export type SvdMethods = typeof svdMethods;
