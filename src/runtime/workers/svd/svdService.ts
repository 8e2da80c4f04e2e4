/** What a worker of the SVD pool is asked and answers, and how it does so; the same in the page and in Node. */
import { type Svd, svd } from "../../../core/math/svd";
import { messageOf } from "../../platform/messageOf";

/** weight: [rows,cols]. */
export interface SvdRequest {
  readonly weight: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

export type SvdAnswer =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly fraction: number }
  | { readonly kind: "done"; readonly svd: Svd }
  | { readonly kind: "failed"; readonly message: string };

type Post = (answer: SvdAnswer, transfer: ArrayBuffer[]) => void;

/** More messages than this per matrix would tell a person nothing. */
const PROGRESS_STEP = 0.02;

/** Answers one request; every error becomes an answer, so that nobody waits for one that never comes. */
export function answerSvd({ weight, rows, cols }: SvdRequest, post: Post): void {
  try {
    let told = 0;
    const onProgress = (fraction: number): void => {
      if (fraction - told < PROGRESS_STEP) return;
      told = fraction;
      post({ kind: "progress", fraction }, []);
    };
    const result = svd(weight, rows, cols, { onProgress });
    const { u, s, v } = result;
    post({ kind: "done", svd: result }, [u.buffer, s.buffer, v.buffer] as ArrayBuffer[]);
  } catch (error) {
    post({ kind: "failed", message: messageOf(error) }, []);
  }
}
