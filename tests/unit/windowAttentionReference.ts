/** Window attention and its gradients by plain loops in float64, with the mask built from slices as the official Swin code builds it. */

export interface Sizes {
  batch: number;
  height: number;
  width: number;
  channels: number;
  heads: number;
  window: number;
  shift: number;
}

/** Region numbers [H,W] of the rolled image. */
function regions({ height, width, window, shift }: Sizes): number[][] {
  const map = Array.from({ length: height }, () => new Array<number>(width).fill(0));
  if (shift === 0) return map;
  const slices = (size: number) => [
    [0, size - window],
    [size - window, size - shift],
    [size - shift, size],
  ];
  let count = 0;
  for (const [top, bottom] of slices(height))
    for (const [left, right] of slices(width)) {
      for (let i = top!; i < bottom!; i++) for (let j = left!; j < right!; j++) map[i]![j] = count;
      count++;
    }
  return map;
}

/** For each window of each image, its tokens: position in [B,H,W] and region. */
function windowsOf(sizes: Sizes): { position: number; region: number }[][] {
  const { batch, height, width, window, shift } = sizes;
  const map = regions(sizes);
  const result: { position: number; region: number }[][] = [];
  for (let b = 0; b < batch; b++)
    for (let top = 0; top < height; top += window)
      for (let left = 0; left < width; left += window) {
        const tokens: { position: number; region: number }[] = [];
        for (let i = top; i < top + window; i++)
          for (let j = left; j < left + window; j++) {
            const position = (b * height + ((i + shift) % height)) * width + ((j + shift) % width);
            tokens.push({ position, region: map[i]![j]! });
          }
        result.push(tokens);
      }
  return result;
}

export function referenceAttention(
  qkv: ArrayLike<number>,
  bias: ArrayLike<number>,
  dy: ArrayLike<number>,
  sizes: Sizes,
) {
  const { channels, heads } = sizes;
  const d = channels / heads;
  const windows = windowsOf(sizes);
  const tokens = sizes.window ** 2;
  const y = new Float64Array(qkv.length / 3);
  const dqkv = new Float64Array(qkv.length);
  const dBias = new Float64Array(bias.length);
  const logSumExp = new Float64Array(windows.length * heads * tokens);
  windows.forEach((window, w) => {
    for (let h = 0; h < heads; h++) {
      const at = (token: number, part: number, c: number) =>
        window[token]!.position * 3 * channels + part * channels + h * d + c;
      const out = (token: number, c: number) => window[token]!.position * channels + h * d + c;
      for (let i = 0; i < tokens; i++) {
        const scores = window.map((other, j) => {
          let s = 0;
          for (let c = 0; c < d; c++) s += qkv[at(i, 0, c)]! * qkv[at(j, 1, c)]!;
          return (
            s / Math.sqrt(d) + bias[(h * tokens + i) * tokens + j]! + (other.region === window[i]!.region ? 0 : -100)
          );
        });
        const top = Math.max(...scores);
        const total = scores.reduce((sum, s) => sum + Math.exp(s - top), 0);
        logSumExp[(w * heads + h) * tokens + i] = top + Math.log(total);
        const p = scores.map((s) => Math.exp(s - top) / total);
        const dP = window.map((_, j) => {
          let sum = 0;
          for (let c = 0; c < d; c++) {
            y[out(i, c)]! += p[j]! * qkv[at(j, 2, c)]!;
            dqkv[at(j, 2, c)]! += p[j]! * dy[out(i, c)]!;
            sum += dy[out(i, c)]! * qkv[at(j, 2, c)]!;
          }
          return sum;
        });
        const mean = dP.reduce((sum, v, j) => sum + v * p[j]!, 0);
        for (let j = 0; j < tokens; j++) {
          const dS = p[j]! * (dP[j]! - mean);
          dBias[(h * tokens + i) * tokens + j]! += dS;
          for (let c = 0; c < d; c++) {
            dqkv[at(i, 0, c)]! += (dS * qkv[at(j, 1, c)]!) / Math.sqrt(d);
            dqkv[at(j, 1, c)]! += (dS * qkv[at(i, 0, c)]!) / Math.sqrt(d);
          }
        }
      }
    }
  });
  return { y, logSumExp, dqkv, dBias };
}
